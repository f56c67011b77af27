"""Leaving: what the archive holds, how moving works, and the archive itself in one stream."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, current_app, render_template
from werkzeug.wrappers import Response

from review import archive
from review.podcast import writer
from review.reads import links
from review.reads import shows as shown
from review.services import moves as verbs
from review.web.forms import Action

moves = Blueprint("moves", __name__, url_prefix="/move")


@moves.get("/<token>")
def page(token: str) -> str:
    """What is in the archive and how a move goes."""
    link = links.export(token, now=datetime.now(UTC))
    return render_template("moves/page.html", link=link, contents=shown.contents(link.show_id), token=token)


@moves.post("/<token>/archive.zip")
def download(token: str) -> Response:
    """The whole show as one zip, its length told before its first byte. Counted, and noted in the timeline."""
    Action.check()
    now = datetime.now(UTC)
    built, slug = _archive(verbs.open_link(token, now=now), now)
    response = Response(built.stream, mimetype="application/zip")
    response.content_length = built.length
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.zip"'
    return response


def _archive(show_id: int, now: datetime) -> tuple[archive.Archive, str]:
    """The archive without the files that are not on the disk as promised: the README names those."""
    contents, storage = shown.contents(show_id), current_app.extensions["greenroom"].storage
    feed = writer.write(shown.feed(show_id, locked=False))
    here = [file for file in contents.files if storage.size(file.key) == file.size]
    lost = [file.name for file in contents.files if file not in here]
    entries = [
        archive.Entry("feed.xml", len(feed), hashlib.sha256(feed).hexdigest(), lambda: iter([feed])),
        *(archive.Entry(file.name, file.size, file.sha256, partial(storage.open, file.key)) for file in here),
    ]
    readme = render_template("moves/README.txt", contents=contents, lost=lost, now=now)
    elsewhere = [{"guid": episode.guid, "url": episode.source_url} for episode in contents.missing]
    show = contents.show
    about = {"show": show.title, "guid": show.guid, "made_at": now.isoformat(), "not_included": elsewhere + lost}
    return archive.build(entries, readme=readme, about=about, at=now), show.slug
