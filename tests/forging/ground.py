"""What every forgery is made from, how it is sent, and texts that only look like a shop's name."""

import base64
import hashlib
import hmac
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

SECRET, OLD = "test-secret-of-more-than-32-bytes", "old-secret-of-more-than-32-bytes"
KEY = "test-key"
A, B = "alice.myshopify.com", "bob.myshopify.com"

LOOKALIKES = (
    "evil.com",
    f"{A}.evil.com",
    f"evil.com/{A}",
    f"{A}:443",
    f"evil@{A}",
    f"evil.{A}",
    f"{A}\n",
    f"{A}\r\nX-Evil: 1",
    f"{A}/",
    f"{A}?evil",
    f"{A}#evil",
    f" {A}",
    f"{A} ",
    f"{A}.",
    f"{A},{B}",
    f"{A}\x00",
    f"https://{A}",
    "evil.myshopifyXcom",
    "-evil.myshopify.com",
    "evil_evil.myshopify.com",
    ".myshopify.com",
    "myshopify.com",
    "evil;script-src *.myshopify.com",
    "\u0430lice.myshopify.com",
    "alice\uff0emyshopify.com",
    "alice.myshopify.c\u00f3m",
    "%61lice.myshopify.com",
    "127.0.0.1",
    "[::1]",
    "localhost",
    f"{'evil' * 80}.myshopify.com",
    "../evil",
    "null",
)


@dataclass
class Ground:
    """What a forger may know and hold: the moment, and a question of the consent page with its cookie."""

    now: int
    ask: Callable[[str], tuple[str, str]]
    """For a shop: the state that our consent page's address carries, and the browser's cookie."""
    task: str
    number: int = 0

    def next(self) -> int:
        self.number += 1
        return self.number


@dataclass(frozen=True)
class Forged:
    """One request, which of the doors it tries, and the answers that count as refused."""

    kind: str
    allowed: tuple[int, ...]
    path: str
    method: str = "POST"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    length: str | None = None
    """What Content-Length claims; None for the truth."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    complaints: str = field(default="")

    def header(self, name: str) -> str:
        return " ".join(value for key, value in self.headers if key.lower() == name.lower())


Forger = Callable[[random.Random, Ground], Forged | None]
"""Makes a forgery of its kind; None where chance has made the true thing."""


def send(application: Any, forged: Forged) -> Answer:
    """Hand a request to the application as a server does: bytes as latin-1 text, repeated headers joined."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": forged.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": wire(forged.path),
        "QUERY_STRING": forged.query,
        "SERVER_NAME": "app.test",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "app.test",
        "REMOTE_ADDR": "203.0.113.9",
        "CONTENT_LENGTH": str(len(forged.body)) if forged.length is None else forged.length,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(forged.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in forged.headers:
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{wire(value)}" if key in environ else wire(value)
    began: list[Any] = []
    chunks = application(environ, lambda status, headers, *_: began.append((status, headers)))
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    status, headers = began[-1]
    return Answer(int(status.split()[0]), headers, body, environ["wsgi.errors"].getvalue())


def wire(text: str) -> str:
    """A header's text as it comes out of a server: its UTF-8 bytes, each as one letter."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def query(parameters: list[tuple[str, str]]) -> str:
    """A query string; values may hold whatever bytes a text can stand for."""
    return "&".join(
        f"{quote(name, safe='[]')}={quote(value, safe='', errors='surrogatepass')}" for name, value in parameters
    )


def digest(body: bytes, secret: str = SECRET, kind: Any = hashlib.sha256) -> bytes:
    return hmac.new(secret.encode(), body, kind).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def flip(rng: random.Random, raw: bytes) -> bytes:
    """One bit, anywhere; first and last places more often than chance would."""
    place = rng.choice([0, len(raw) - 1, rng.randrange(len(raw))])
    return raw[:place] + bytes([raw[place] ^ 1 << rng.randrange(8)]) + raw[place + 1 :]


def change_letter(rng: random.Random, text: str) -> str:
    """One letter of a text for another."""
    place = rng.choice([0, len(text) - 1, rng.randrange(len(text))])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"
    return text[:place] + rng.choice(letters.replace(text[place], "")) + text[place + 1 :]


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
