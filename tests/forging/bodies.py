"""A merchant's true token with hostile content: JSON that is none, and addresses that name nothing."""

import random
from functools import partial
from urllib.parse import quote

from tests.forging.ground import Forged, Forger, Ground, dumped
from tests.forging.id_tokens import claims, mint

REFUSED = (400, 413, 415)
PATHS = ("/settings/language", "/settings/dismiss", "/settings/show-again")

HOSTILE: tuple[bytes, ...] = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"ar"',
    b"NaN",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"{}",
    b"{'language':'ar'}",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"language":' + b"9" * 5000 + b"}",
    b'{"language":1e400}',
    b'{"language":NaN}',
    b'{"language":"\\ud800"}',
    b'{"language":"ar\\u0000"}',
    b'{"language":"ar","language":"fr"}',
    b'{"language":["ar"]}',
    b'{"language":{"ar":1}}',
    b'{"language":null}',
    b'{"language":true}',
    b'{"language":"AR"}',
    b'{"language":"ar "}',
    b'{"language":"../ar"}',
    b'{"__proto__":{"language":"ar"}}',
    b'{"Language":"ar","Card":"reveal"}',
    b'{"card":["reveal"]}',
    b'{"card":"reveal\\n"}',
    b'{"card":{}}',
    b'{"card":"\xd8\xb9"}',
    b'{"card":"' + b"x" * 100_000 + b'"}',
    b"language=ar&card=reveal",
    b"\x00" * 1000,
    '{"language":"fr"}'.encode("utf-16"),
    b'{"language":"ar"} x',
)
KINDS = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "\u00e9",
)
MORE_KINDS = (
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/json;charset=nonsense",
    "x" * 10_000,
)
ASKED = {
    "window": (
        "0d",
        "-1d",
        "9" * 50 + "d",
        "2026-01-01..",
        "2026-13-01..2026-01-01",
        "\x00",
        "0001-01-01..9999-12-31",
        "\ud800",
    ),
    "as_of": ("0000-00-00", "9999-12-31", "0001-01-01", "2026-02-30", "now", "\u0662\u0660\u0662\u0666-01-01", "\x00"),
    "basis": ("KEPT", "x" * 10_000, "\x00", "kept'--"),
    "unit": ("hour", "\x00", "[]"),
    "after": ("9" * 5000, "-1", "1e9", "\x00", "x", "9223372036854775808", "\u0661"),
    "before": ("9" * 5000, "-1", "\x00", "9223372036854775808"),
    "locale": ("\x00", "xx-" * 1000, "../ar", "\ud800", "ar\r\nX-Evil: 1"),
    "host": ("\x00", "evil.com\r\n", "x" * 10_000),
}
NAMES = (
    "0",
    "-1",
    "9" * 30,
    "9223372036854775807",
    "9223372036854775808",
    "x",
    "\x00",
    "../1",
    "\u0661",
    "1e3",
    "x" * 5000,
)


def bearer(ground: Ground) -> tuple[str, str]:
    return "Authorization", f"Bearer {mint(claims(ground.now))}"


def hostile_json(body: bytes, rng: random.Random, ground: Ground) -> Forged | None:
    path = rng.choice(PATHS)
    kind = rng.choice([*KINDS, *MORE_KINDS]) if rng.random() < 0.3 else "application/json"
    sent = (
        bearer(ground),
        ("Content-Type", kind),
        ("Accept", rng.choice(["application/json", "text/html", "\u00e9", "*"])),
    )
    return Forged(f"json: {path} {body[:40]!r}", REFUSED, path, headers=sent, body=body)


def cut_json(path: str, rng: random.Random, ground: Ground) -> Forged:
    """A true body that ends early, or has one byte too many."""
    body = dumped({"language": "ar", "card": "reveal"})
    place = rng.randrange(1, len(body))
    broken = rng.choice([body[:place], body[place:], body[:place] + bytes([rng.randint(0, 8)]) + body[place:]])
    return Forged(
        "json: broken", REFUSED, path, headers=(bearer(ground), ("Content-Type", "application/json")), body=broken
    )


def named_wrongly(rng: random.Random, ground: Ground) -> Forged:
    """A true token and an address that names nothing of this shop."""
    path = rng.choice(["/reports/orders/{}", "/settings/tasks/{}", "/reports/numbers/{}"]).format(rng.choice(NAMES))
    return Forged(f"path: {path[:40]!r}", (404, 308), path, "GET", headers=(bearer(ground),))


def asked_wrongly(rng: random.Random, ground: Ground) -> Forged:
    """A true token and parameters that cannot be read: the usual ones are shown, or a sentence."""
    name = rng.choice(list(ASKED))
    value = rng.choice(ASKED[name])
    path = rng.choice(["/", "/reports/numbers", "/reports/numbers/repeat_rate", "/reports/numbers/net_revenue"])
    asked = f"{name}={quote(value, errors='surrogatepass')}"
    return Forged(f"query: {path} {asked[:40]}", (200, 400, 404), path, "GET", query=asked, headers=(bearer(ground),))


def forgers() -> list[Forger]:
    """One for each kind."""
    broken = (partial(cut_json, path) for path in PATHS)
    return [*(partial(hostile_json, body) for body in HOSTILE), *broken, named_wrongly, asked_wrongly, asked_wrongly]
