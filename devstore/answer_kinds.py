"""What an answer to a field is, and the two plainest."""

from collections.abc import Callable
from typing import Any

from devstore.sources import Arguments, Ask

Answer = Callable[[Any, Ask, Arguments], Any]


def plain(read: Callable[[Any], Any]) -> Answer:
    """An answer that needs the source alone."""
    return lambda source, _ask, _arguments: read(source)


def fixed(value: Any) -> Answer:
    """The same answer whatever the source."""
    return lambda _source, _ask, _arguments: value
