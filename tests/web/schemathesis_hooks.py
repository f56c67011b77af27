"""What schemathesis is told beyond the document: no two requests come under one key unless one repeats the other."""

from __future__ import annotations

import re
import uuid
from typing import Any

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """A key that could be one is made one of its own."""
    if case.headers and re.fullmatch("[A-Za-z0-9_-]{16,64}", str(case.headers.get(KEY, ""))):
        case.headers[KEY] = str(uuid.uuid4())
