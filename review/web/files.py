"""Files of applicants, handed out for saving: no browser is to open what a stranger has sent as a page of ours."""

from __future__ import annotations

from io import BytesIO

from flask import send_file
from werkzeug.wrappers import Response


def handed_out(name: str, content: bytes) -> Response:
    """The file as a download."""
    response = send_file(BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
