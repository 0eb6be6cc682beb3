"""The server with a stop-watch at its writer: who waited for a turn for how long; otherwise as it is.

Its process for work runs this module, too.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from shopify_app import serve, work
from shopify_app.db.turns import Turns

FILE = "WAITS_FILE"
WORTH_TELLING = 0.01
"""Seconds; shorter waits are not written down."""
_take: Any = Turns._take  # the one moment that no caller can see from outside
_guard = threading.Lock()


def _watched(turns: Turns, *, first: bool) -> None:
    began = time.perf_counter()
    _take(turns, first=first)
    waited = time.perf_counter() - began
    if waited >= WORTH_TELLING:
        thread = threading.current_thread().name
        who = "door" if first else "work" if thread.startswith("wafa-") else "page"
        with _guard, Path(os.environ[FILE]).open("a", encoding="ascii") as file:
            file.write(f"{who} {waited:.4f}\n")


def waits(file: Path, who: str) -> list[float]:
    """The waits of the door, of pages, or of background work that were written down, in seconds."""
    lines = file.read_text(encoding="ascii").split("\n") if file.exists() else []
    return [float(line.split()[1]) for line in lines if line.startswith(f"{who} ")]


if __name__ == "__main__":
    serve.WORK = (sys.executable, "-m", "benchmarks.probed")
    Turns._take = _watched  # type: ignore[method-assign,assignment]
    (work if len(sys.argv) > 1 else serve).main()
