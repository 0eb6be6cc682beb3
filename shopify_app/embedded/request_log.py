"""One line a log record, each with its request's id; no query strings, no tokens, nobody's data."""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import PurePath
from typing import IO
from uuid import uuid4

from shopify_app.errors import AppError

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BARE = re.compile(r"[^\s\"=]+")
_FRAMES = 12

_current: ContextVar[str] = ContextVar("request_id", default="-")


def begin_request(header: str | None) -> str:
    """The id of the request that starts here: the caller's own when it is sane, otherwise a new one."""
    chosen = header if header and _SANE.fullmatch(header) else uuid4().hex
    _current.set(chosen)
    return chosen


def end_request() -> None:
    """The thread goes on without a request."""
    _current.set("-")


def current_request_id() -> str:
    """The id of the request that this thread is answering, "-" outside one."""
    return _current.get()


def fields(values: Mapping[str, object]) -> str:
    """The values as `name=value` words, quoted where they would not be one word."""
    return " ".join(f"{name}={_word(str(value))}" for name, value in values.items())


def _word(value: str) -> str:
    return value if _BARE.fullmatch(value) and value.isascii() and value.isprintable() else json.dumps(value)


class LineFormatter(logging.Formatter):
    """Writes a record as one line of fields.

    Of an exception it keeps the kind and the places: its message may hold what a person typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": _current.get(),
        }
        text = f"{fields(line)} {_flat(record.getMessage())}"
        if record.exc_info and record.exc_info[1]:
            text = f"{text} {fields(_failure(record.exc_info[1]))}"
        return text


def _flat(message: str) -> str:
    return message if message.isprintable() else "".join(one if one.isprintable() else " " for one in message)


def _failure(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = (f"{'/'.join(PurePath(one.filename).parts[-2:])}:{one.lineno}:{one.name}" for one in frames)
    known = {"error_message": error.message} if isinstance(error, AppError) else {}
    return {"error": type(error).__name__, **known, "at": ">".join(places)}


def write_logs_to(stream: IO[str], level: int = logging.INFO) -> None:
    """Send every record of this process to a stream, one line each; for whoever starts the process."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
