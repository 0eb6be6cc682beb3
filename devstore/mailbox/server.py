"""The mail server: listens on a port from a thread of its own, and puts what comes into a mailbox."""

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Coroutine, Mapping
from typing import Any

from devstore.clock import Clock, system_clock
from devstore.mailbox import certificate
from devstore.mailbox.conversation import LONGEST_LINE, Conversation
from devstore.mailbox.faults import MailFaults
from devstore.mailbox.letters import Mailbox

_PATIENCE = 10.0


class MailServer:
    """A mail server on this machine; ``start``, then ``port`` says where, also where 0 was asked for.

    ``users`` are the passwords by user name: without any, nobody has to say who they are. ``implicit_tls`` begins with
    TLS, as on port 465; otherwise STARTTLS is offered where ``offers_tls``. ``faults`` may be changed at any time.
    """

    def __init__(
        self,
        mailbox: Mailbox | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        users: Mapping[str, str] | None = None,
        *,
        offers_tls: bool = True,
        implicit_tls: bool = False,
        clock: Clock = system_clock,
    ) -> None:
        self.mailbox = mailbox or Mailbox(clock)
        self.host, self.port, self.users = host, port, dict(users or {})
        self.offers_tls, self.implicit_tls = offers_tls, implicit_tls
        self.connections = 0
        self.injected: Counter[str] = Counter()
        self._faults, self._struck = MailFaults(), 0
        self._clock = clock
        self._certificates: dict[str, tuple[str, ssl.SSLContext]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Event | None = None

    @property
    def listening(self) -> bool:
        """Whether it takes connections."""
        return self._server is not None

    # Faults

    @property
    def faults(self) -> MailFaults:
        """What goes wrong now."""
        return self._faults

    @faults.setter
    def faults(self, faults: MailFaults) -> None:
        self._faults, self._struck = faults, 0

    @property
    def may_strike(self) -> bool:
        """Whether the faults have not struck as often as they may."""
        return self._faults.times is None or self._struck < self._faults.times

    def strikes(self, stage: str) -> bool:
        """Whether a fault strikes at a stage; counts it."""
        if not self.may_strike:
            return False
        self._struck += 1
        self.injected[stage] += 1
        return True

    def context(self) -> ssl.SSLContext:
        """What TLS is spoken with: the certificate that the faults name."""
        return self._certificate(self._faults.certificate)[1]

    @property
    def trusted(self) -> str:
        """The certificate as PEM: who trusts it accepts this server while its certificate is ``self_signed``."""
        return self._certificate("self_signed")[0]

    def _certificate(self, kind: str) -> tuple[str, ssl.SSLContext]:
        if kind not in self._certificates:
            self._certificates[kind] = certificate.made(kind, self.host, self._clock())
        return self._certificates[kind]

    # Beginning and end

    def start(self) -> None:
        """Begin to listen; OSError where the port is taken."""
        begun: threading.Event = threading.Event()
        failed: list[OSError] = []
        self._thread = threading.Thread(target=self._run, args=(begun, failed), name="mail", daemon=True)
        self._thread.start()
        begun.wait(_PATIENCE)
        if failed:
            self._thread.join(_PATIENCE)
            raise failed[0]

    def stop(self) -> None:
        """Hang up on everybody and listen no more."""
        if self._loop and self._ended and self._thread:
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(_PATIENCE)
        self._thread = self._loop = None

    def refuse(self) -> None:
        """Refuse connections from now on, as a machine where nothing listens does."""
        self._wait_for(self._close())

    def listen(self) -> None:
        """Take connections again, on the same port."""
        self._wait_for(self._open())

    def _wait_for(self, doing: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            doing.close()
            raise RuntimeError("the mail server has not been started")
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(_PATIENCE)

    def _run(self, begun: threading.Event, failed: list[OSError]) -> None:
        asyncio.run(self._serve(begun, failed))

    async def _serve(self, begun: threading.Event, failed: list[OSError]) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._open()
        except OSError as error:
            failed.append(error)
            return
        finally:
            begun.set()
        await self._ended.wait()
        await self._close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self) -> None:
        if self._server is not None:
            return
        encrypted = self.context() if self.implicit_tls else None
        self._server = await asyncio.start_server(
            self._talk, self.host, self.port, limit=LONGEST_LINE, ssl=encrypted, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            await Conversation(self, reader, writer).hold()
        except asyncio.CancelledError:
            pass  # the server stops: this conversation ends with it, and nobody waits for its outcome
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)
