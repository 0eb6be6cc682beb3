"""What in a text may name a person: numbers, e-mail addresses, phones; compared by keyed hash alone."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import unquote

from shopify_app.crypto import keyed_hash
from shopify_app.db.base import ShopId

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ODD = re.compile("[\u0660-\u0669\u06f0-\u06f9\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""Digits of Arabic and Persian, and marks that are not seen."""
_DIGITS = re.compile(r"[0-9]+")
_DIALLED = re.compile(r"[0-9][0-9 ().\-/]{5,}[0-9]")
_BEFORE_AT = re.compile(r"[^\s<>\"'(),:;=&?\\/]{1,64}$")
_AFTER_AT = re.compile(r"[^\s<>\"'(),:;=&?\\/]{1,255}")
_LOCAL_PART = 64
_PHONE_END = 8
"""Digits at the end of a phone that are compared: with or without the country, it is the same phone."""
_MOST_STRANGE = 200_000
_HASH = 24
"""Hexadecimal digits kept of a hash: enough that two never meet, too few to be taken for the full one."""


def number(value: int) -> str:
    """The trace of a customer's or an order's number."""
    return f"n{value}"


def address(value: str) -> str:
    """The trace of an e-mail address, however it is written."""
    return f"a{_plain(value).strip().strip('.').casefold()}"


def phone(value: str) -> str:
    """The trace of a phone, with or without its country."""
    return f"t{''.join(_DIGITS.findall(_plain(value)))[-_PHONE_END:]}"


def traces(body: bytes) -> set[str]:
    """Every trace in a webhook's body; one that is no JSON is searched as it is."""
    text = _plain(_unescaped(body.decode(errors="replace")))
    if "%40" in text:
        text = f"{text}\n{unquote(text)}"
    found = {f"n{run}" for run in _DIGITS.findall(text)}
    found.update(phone(run) for run in _DIALLED.findall(text))
    found.update(_addresses(text))
    return found


def _addresses(text: str) -> Iterator[str]:
    at = text.find("@")
    while at >= 0:
        before = _BEFORE_AT.search(text[max(0, at - _LOCAL_PART) : at])
        after = _AFTER_AT.match(text, at + 1)
        if before and after:
            yield address(f"{before[0]}@{after[0]}")
        at = text.find("@", at + 1)


def _unescaped(text: str) -> str:
    def sign(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else " " if match[2] in "nrtbf" else match[2]

    if "\\" not in text:
        return text
    # JSON escapes a sign beyond the first 65,536 in two halves, which are joined here; a half alone is no sign.
    return _ESCAPE.sub(sign, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _plain(text: str) -> str:
    """Without what only changes its looks: marks of direction, full-width letters, other digits."""
    return text if text.isascii() else _ODD.sub(_evened, unicodedata.normalize("NFKC", text))


def _evened(match: re.Match[str]) -> str:
    return str(int(match[0])) if match[0].isdecimal() else ""


def hashed(lookup_key: bytes, shop: ShopId, found: Iterable[str]) -> set[str]:
    """What is kept of traces while they are searched for; differs from shop to shop."""
    return {keyed_hash(lookup_key, f"trace {shop} {trace}")[:_HASH] for trace in found}


class Search:
    """Looks for hashed traces in many bodies of one shop; `people` says whose each of them is."""

    def __init__(self, lookup_key: bytes, shop: ShopId, people: Mapping[int, Collection[str]]) -> None:
        self._lookup_key = lookup_key
        self._shop = shop
        self._people = {person: frozenset(sought) for person, sought in people.items()}
        self._sought = frozenset[str]().union(*self._people.values())
        self._strange: set[str] = set()
        """Traces that turned out to be nobody's: the same product is in many orders. Not more than fit into memory."""

    def finds(self, body: bytes) -> bool:
        """Whether the body has one of them."""
        return self.finds_any(traces(body))

    def finds_any(self, found: set[str]) -> bool:
        """Whether one of these traces is sought."""
        new = found - self._strange
        if hashed(self._lookup_key, self._shop, new) & self._sought:
            return True
        if len(self._strange) > _MOST_STRANGE:
            self._strange.clear()
        self._strange |= new
        return False

    def whom(self, body: bytes) -> list[int]:
        """Of the people those whom a body names; everybody where it cannot be searched."""
        try:
            found = hashed(self._lookup_key, self._shop, traces(body))
        except (ValueError, RuntimeError):
            return list(self._people)
        return [person for person, sought in self._people.items() if sought & found]
