"""One client's conversation with the mail server (RFC 5321, with STARTTLS, AUTH, SIZE and 8BITMIME)."""

import asyncio
import base64
import binascii
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devstore.mailbox.server import MailServer

LARGEST = 10_000_000
LONGEST_LINE = 65_536
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>", re.IGNORECASE)


class Gone(Exception):
    """The conversation is over, in whatever way."""


class Conversation:
    """What was said so far, and what is answered."""

    def __init__(self, server: "MailServer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._greeted, self._login = False, None if server.users else ""
        self._encrypted = server.implicit_tls
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
        }

    async def hold(self) -> None:
        """Talk until somebody goes."""
        try:
            if not await self._struck("CONNECT"):
                await self._say(220, f"{self._server.host} development store, not for real mail")
            while True:
                await self._hear(await self._line())
        except (Gone, OSError, EOFError, ssl.SSLError, asyncio.LimitOverrunError):
            return

    async def _hear(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if verb == "QUIT":
            if not await self._struck("QUIT"):
                await self._say(221, "Bye")
            raise Gone
        known = self._verbs.get(verb)
        if known is None:
            await self._say(500, "There is no such command")
        elif not await self._struck("EHLO" if verb == "HELO" else verb):
            await known(rest.strip())

    async def _line(self) -> str:
        raw = await self._reader.readuntil(b"\n")
        return raw.rstrip(b"\r\n").decode("utf-8", "replace")

    async def _say(self, code: int, *lines: str) -> None:
        last = len(lines) - 1
        text = "".join(f"{code}{' ' if at == last else '-'}{line}\r\n" for at, line in enumerate(lines))
        pause = self._server.faults.seconds_a_byte
        for part in [bytes([one]) for one in text.encode()] if pause else [text.encode()]:
            self._writer.write(part)
            await self._writer.drain()
            await asyncio.sleep(pause)

    async def _struck(self, stage: str) -> bool:
        """Whether a fault has answered in place of the server; raises Gone where nobody answers any more."""
        faults = self._server.faults
        if stage not in (*faults.hangs_at, *faults.drops_at, *faults.answers) or not self._server.strikes(stage):
            return False
        if stage in faults.hangs_at:
            while await self._reader.read(4096):
                pass
        if stage not in faults.answers:
            raise Gone
        code, text = faults.answers[stage]
        await self._say(code, text)
        if code == 421:
            raise Gone
        return True

    async def _ehlo(self, _rest: str) -> None:
        self._greeted = True
        self._forget()
        offers = [self._server.host, f"SIZE {LARGEST}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        if self._server.offers_tls and not self._encrypted:
            offers.append("STARTTLS")
        if self._server.users:
            offers.append("AUTH PLAIN LOGIN")
        await self._say(250, *offers)

    async def _starttls(self, _rest: str) -> None:
        if not self._server.offers_tls or self._encrypted:
            await self._say(502, "Not here")
            return
        await self._say(220, "Go ahead")
        await self._writer.start_tls(self._server.context())
        self._encrypted, self._greeted = True, False
        self._forget()

    async def _auth(self, rest: str) -> None:
        way, _, first = rest.partition(" ")
        try:
            if way.upper() == "PLAIN":
                first = first or await self._asked("")
                _, user, password = base64.b64decode(first, validate=True).decode().split("\0")
            elif way.upper() == "LOGIN":
                user = base64.b64decode(first or await self._asked("Username:"), validate=True).decode()
                password = base64.b64decode(await self._asked("Password:"), validate=True).decode()
            else:
                await self._say(504, "There is no such way")
                return
        except (binascii.Error, ValueError):
            await self._say(501, "That cannot be read")
            return
        if self._server.users.get(user) != password:
            await self._say(535, "5.7.8 Username and password are not accepted")
            return
        self._login = user
        await self._say(235, "2.7.0 Welcome")

    async def _asked(self, prompt: str) -> str:
        await self._say(334, base64.b64encode(prompt.encode()).decode())
        return await self._line()

    async def _mail(self, rest: str) -> None:
        found = _PATH.match(rest)
        if not self._greeted:
            await self._say(503, "Say EHLO first")
        elif self._login is None:
            await self._say(530, "5.7.0 Say who you are first")
        elif self._sender is not None:
            await self._say(503, "There is a message already")
        elif not found:
            await self._say(501, "MAIL FROM:<address>")
        elif (size := re.search(r"SIZE=(\d+)", rest, re.IGNORECASE)) and int(size[1]) > LARGEST:
            await self._say(552, "5.3.4 Too large")
        else:
            self._sender = found[1]
            await self._say(250, "2.1.0 OK")

    async def _rcpt(self, rest: str) -> None:
        found = _PATH.match(rest)
        if self._sender is None:
            await self._say(503, "Say MAIL first")
        elif not found or "@" not in found[1]:
            await self._say(501, "RCPT TO:<address>")
        elif (refused := self._server.faults.recipients.get(found[1].casefold())) and self._server.strikes("RCPT"):
            await self._say(*refused)
        else:
            self._recipients.append(found[1])
            await self._say(250, "2.1.5 OK")

    async def _data(self, _rest: str) -> None:
        if not self._recipients:
            await self._say(503, "Say RCPT first")
            return
        await self._say(354, "End with a dot on a line of its own")
        lines, size = [], 0
        while (line := await self._reader.readuntil(b"\n")).rstrip(b"\r\n") != b".":
            size += len(line)
            if size <= LARGEST:
                lines.append(line[1:] if line.startswith(b"..") else line)
        if size > LARGEST:
            await self._say(552, "5.3.4 Too large")
        else:
            await self._taken(b"".join(lines))
        self._forget()

    async def _taken(self, raw: bytes) -> None:
        faults = self._server.faults
        silent = "BODY" in (*faults.hangs_at, *faults.drops_at)
        about = (self._sender or "", tuple(self._recipients), raw)
        if silent and faults.keeps and self._server.may_strike:
            self._server.mailbox.keep(*about, encrypted=self._encrypted, login=self._login or None)
        if await self._struck("BODY"):
            return
        letter = self._server.mailbox.keep(*about, encrypted=self._encrypted, login=self._login or None)
        await self._say(250, f"2.0.0 Kept as number {letter.number}")

    async def _rset(self, _rest: str) -> None:
        self._forget()
        await self._say(250, "2.0.0 OK")

    async def _noop(self, _rest: str) -> None:
        await self._say(250, "2.0.0 OK")

    def _forget(self) -> None:
        self._sender, self._recipients = None, []
