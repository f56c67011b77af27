"""The host a show had before, on a loopback port: whatever is put under a path is served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"'
)


class OldHost:
    """`pages` maps a path to its bytes, or to a status to answer with. `asked` lists the paths in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, bytes | int] = {}
        self.asked: list[str] = []

    def put_feed(self, *guids: str | None, path: str = "/feed.xml", channel: str = "", image: str = "") -> str:
        """A feed with one episode, and its media, per GUID; None is an item that names none. Returns its address."""
        items = []
        for number, guid in enumerate(guids, 1):
            media = f"{path}.{number}.mp3"
            self.pages[media] = f"sound {number} of {path}".encode() * 500
            length = len(self.pages[media])  # type: ignore[arg-type]
            named = "" if guid is None else f'<guid isPermaLink="false">{escape(guid)}</guid>'
            items.append(
                f"<item><title>Episode {number}</title>{named}"
                f"<pubDate>{number:02d} Jan 2024 08:00:00 GMT</pubDate>"
                f'<enclosure url={quoteattr(self.url + media)} length="{length}" type="audio/mpeg"/></item>'
            )
        picture = f"<itunes:image href={quoteattr(image)}/>" if image else ""
        self.pages[path] = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {NAMESPACES}><channel><title>Old Days</title>'
            f"<description>What was.</description><language>en</language>{picture}{channel}{''.join(items)}"
            "</channel></rss>"
        ).encode()
        return self.url + path


@contextmanager
def serving() -> Iterator[OldHost]:
    """An old host that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            found = host.pages.get(self.path, 404)
            body = b"" if isinstance(found, int) else found
            self.send_response(found if isinstance(found, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = OldHost(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
