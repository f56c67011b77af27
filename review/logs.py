"""Logs as structured lines, each with the number of its request or job, from the browser to the letter."""

from __future__ import annotations

import logging
import re
import secrets
import sys

import structlog

_SHAPE = re.compile(r"[A-Za-z0-9-]{8,64}")
_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(form: str, level: int = logging.INFO) -> None:
    """Write every line of this process to standard error, as `text` for people or as `json` for machines."""
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=False)
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("alembic", "botocore", "boto3", "elastic_transport", "urllib3", "mailjet_rest", "rq.worker"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def begin(request_id: str = "", **known: object) -> str:
    """Start a request or a job: every line from here on carries its number. Returns the number.

    A number that comes from outside is taken if it looks like one.
    """
    number = request_id if _SHAPE.fullmatch(request_id) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=number, **known)
    return number


def end() -> None:
    """Forget the number: what comes next belongs to something else."""
    structlog.contextvars.clear_contextvars()


def request_id() -> str:
    """The number of the request or job under way; nothing outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
