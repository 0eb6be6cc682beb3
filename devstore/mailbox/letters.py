"""The mail that came in: envelope and message, as they were received."""

import email
import email.policy
import threading
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import NamedTuple

from devstore.clock import system_clock


class Letter(NamedTuple):
    """One message with its envelope; ``sender`` is the return path, ``login`` who the client had proved to be."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    received_at: datetime
    encrypted: bool = False
    login: str | None = None

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self) -> str:
        """Its subject, decoded."""
        return str(self.message["Subject"] or "")

    def part(self, kind: str) -> str | None:
        """The text of its ``plain`` or ``html`` part, None where it has none."""
        found = self.message.get_body(preferencelist=(kind,))
        return None if found is None else str(found.get_content())


class Mailbox:
    """Keeps every letter in the order in which it came; ``clock`` says when."""

    def __init__(self, clock: Callable[[], datetime] = system_clock) -> None:
        self._clock = clock
        self._letters: list[Letter] = []
        self._count = 0
        self._changed = threading.Condition()

    def keep(
        self, sender: str, recipients: tuple[str, ...], raw: bytes, *, encrypted: bool = False, login: str | None = None
    ) -> Letter:
        """Take one letter in."""
        with self._changed:
            self._count += 1
            letter = Letter(self._count, sender, recipients, raw, self._clock(), encrypted, login)
            self._letters.append(letter)
            self._changed.notify_all()
            return letter

    @property
    def letters(self) -> list[Letter]:
        """All that are kept, oldest first."""
        with self._changed:
            return list(self._letters)

    @property
    def messages(self) -> list[EmailMessage]:
        """The same as parsed messages."""
        return [letter.message for letter in self.letters]

    def to(self, address: str) -> list[Letter]:
        """What came for an address, whatever its case."""
        wanted = address.casefold()
        return [one for one in self.letters if wanted in map(str.casefold, one.recipients)]

    def find(self, number: int) -> Letter | None:
        """The letter of a number."""
        return next((one for one in self.letters if one.number == number), None)

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Letter]:
        """All letters once there are so many; TimeoutError where they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._letters) >= count, seconds):
                raise TimeoutError(f"{len(self._letters)} letters came, and not {count}")
            return list(self._letters)

    def clear(self) -> None:
        """Throw everything away; numbers go on."""
        with self._changed:
            self._letters.clear()
