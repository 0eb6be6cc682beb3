"""Where a thing stands in the code, read off the thing itself: it cannot go out of date."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]


def place(thing: Callable[..., Any]) -> str:
    """`file:function` of a function, method or class, as ARCHITECTURE.md writes it."""
    inner = inspect.unwrap(thing)
    path = Path(inspect.getsourcefile(inner) or "").resolve().relative_to(_ROOT)
    return f"{path.as_posix()}:{inner.__qualname__}"


def places(*things: Callable[..., Any]) -> list[str]:
    """The place of each."""
    return [place(thing) for thing in things]


@dataclass(frozen=True, slots=True)
class Station:
    """A stop on the way: what happens there, by which code, and what is known of it; ids, never persons."""

    title: str
    places: list[str]
    lines: list[str] = field(default_factory=list)
