"""The links of a letter: where they lead, and where on this machine that is."""

import re
from collections.abc import Mapping
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from devstore.mailbox.letters import Letter

_BARE = re.compile(r"https?://[^\s<>\"]+")
_BRACKETED = re.compile(r"<([^<>]+)>")


class _Anchors(HTMLParser):
    """Collects what can be clicked, with its words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append({"href": href, "words": "", "part": "HTML"})
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[-1]["words"] += data


def links_of(letter: Letter) -> list[dict[str, str]]:
    """Every link {href, words, part} of the HTML part, then those that stand in the text part."""
    anchors = _Anchors()
    anchors.feed(letter.part("html") or "")
    bare = [{"href": one, "words": "", "part": "text"} for one in _BARE.findall(letter.part("plain") or "")]
    return [{**one, "words": " ".join(one["words"].split())} for one in anchors.found] + bare


def unsubscribe_of(message: EmailMessage) -> dict[str, Any] | None:
    """What a mail client does of List-Unsubscribe: {addresses, one_click, the address that takes a POST, or None}."""
    told = str(message["List-Unsubscribe"] or "")
    addresses = [one.strip() for one in _BRACKETED.findall(told)]
    if not addresses:
        return None
    clickable = "one-click" in str(message["List-Unsubscribe-Post"] or "").casefold()
    web = next((one for one in addresses if one.startswith(("https://", "http://"))), None)
    return {"addresses": addresses, "one_click": web if clickable else None}


def lead_here(text: str, places: Mapping[str, str]) -> str:
    """The text with the beginnings of addresses that nobody serves changed for those where the store does."""
    for there, here in places.items():
        text = text.replace(there, here)
    return text
