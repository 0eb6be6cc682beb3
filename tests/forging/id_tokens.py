"""Forged ID tokens: headers, claims and signatures that are almost right, and ways of handing them over."""

# ruff: noqa: ARG005 - every forger of a table is called alike, whatever it needs
import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.forging.ground import (
    KEY,
    LOOKALIKES,
    OLD,
    SECRET,
    A,
    B,
    Forged,
    Forger,
    Ground,
    change_letter,
    digest,
    dumped,
    flip,
    query,
    url64,
)

PAGES = ("/", "/reports/numbers", "/reports/numbers/repeat_rate", "/settings/tasks/{task}", "/reports/orders/1")
CHANGES = ("/settings/language", "/settings/dismiss", "/settings/show-again", "/settings/import")
REFUSED = (401,)
BOUNCED = (302, 401)
HEADER = {"alg": "HS256", "typ": "JWT"}
LEAVE_OUT = object()


def claims(now: int, domain: str = A, **changed: Any) -> dict[str, Any]:
    usual = {
        "iss": f"https://{domain}/admin",
        "dest": f"https://{domain}",
        "aud": KEY,
        "sub": "1",
        "exp": now + 60,
        "nbf": now,
        "iat": now,
        "jti": "0f3c9d5e-4d0c-4a52-8f5a-000000000001",
        "sid": "abc123",
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not LEAVE_OUT}


def mint(content: Any, header: Any = None, secret: str = SECRET, kind: Any = hashlib.sha256) -> str:
    """A token of whatever is given, signed; `content` and `header` may be bytes that are no JSON."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header or HEADER, content)]
    signed = ".".join(map(url64, parts))
    return f"{signed}.{url64(digest(signed.encode(), secret, kind))}"


def is_true(token: str, now: int) -> bool:
    """Whether this text is a token of ours after all: a lenient base64 reader may not see the difference."""
    signed, _, mac = token.rpartition(".")
    try:
        given = base64.urlsafe_b64decode(mac.encode("ascii", "ignore") + b"==")
        head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
    except (ValueError, RecursionError):
        return False
    true = [hmac.digest(secret.encode(), signed.encode(), hashlib.sha256) for secret in (SECRET, OLD)]
    return given in true and (head, body) == (HEADER, claims(now))


def ask(kind: str, token: str, rng: random.Random, ground: Ground) -> Forged | None:
    """The token handed over in one of the three ways in which a true one would be taken."""
    if is_true(token, ground.now):
        return None
    way = rng.choice(["header", "query", "change"])
    if way == "change":
        body, more = dumped({"language": "ar", "card": "reveal"}), (("Content-Type", "application/json"),)
        sent = (("Authorization", f"Bearer {token}"), *more)
        return Forged(f"id token: {kind}", REFUSED, rng.choice(CHANGES), headers=sent, body=body)
    path = rng.choice(PAGES).format(task=ground.task)
    accept = (("Accept", rng.choice(["application/json", "text/html", "*/*"])),)
    if way == "header":
        sent = (("Authorization", f"Bearer {token}"), *accept)
        return Forged(f"id token: {kind}", REFUSED, path, "GET", headers=sent, query=query([("shop", A)]))
    asked = query([("shop", rng.choice([A, B, "evil.com"])), ("id_token", token), ("host", "aG9zdA")])
    return Forged(f"id token: {kind}", BOUNCED, path, "GET", headers=accept, query=asked)


Claim = Callable[[random.Random, int], Any]

NO_TIME = ("1900000000", 9e9, True, None, [], {}, "", "now", float("nan"), float("inf"), -float("inf"), LEAVE_OUT)
NO_TEXT = (None, 7, 1.5, True, [], {}, [f"https://{A}"], {"a": A}, "", LEAVE_OUT)
CLAIMS: dict[str, Claim] = {
    "exp": lambda rng, now: rng.choice([now - 10, now - 11, now - 3600, 0, -1, -(10**30), *NO_TIME]),
    "nbf": lambda rng, now: rng.choice([now + 11, now + 3600, 10**30, *NO_TIME]),
    "iat": lambda rng, now: rng.choice([now + 11, now + 86400, 10**30, *NO_TIME]),
    "aud": lambda rng, now: rng.choice([[KEY], [KEY, "x"], KEY.upper(), f"{KEY} ", f"{KEY}2", KEY[:-1], *NO_TEXT]),
    "iss": lambda rng, now: rng.choice(
        [
            f"https://{B}/admin",
            f"http://{A}/admin",
            f"https://evil@{A}/admin",
            f"https://{A}.evil.com/admin",
            A,
            *NO_TEXT,
        ]
    ),
    "iss with port": lambda rng, now: f"https://{A}:443/admin",
    "dest": lambda rng, now: rng.choice(
        [f"https://{rng.choice(LOOKALIKES)}", f"http://{A}", f"HTTPS://{A}", A, *NO_TEXT]
    ),
    "dest of another shop": lambda rng, now: f"https://{B}",
    "sub": lambda rng, now: rng.choice(
        ["gid://shopify/Customer/1", "a b", "x" * 65, "1\n", "\u0661", "1;--", *NO_TEXT]
    ),
    "sid": lambda rng, now: rng.choice(["x" * 65, "a.b", "\u00e9", "\x00", *NO_TEXT]),
    "jti": lambda rng, now: rng.choice(["x" * 65, "a.b", "\u00e9", "\x00", *NO_TEXT]),
}


def with_claim(name: str, make: Claim, rng: random.Random, ground: Ground) -> Forged | None:
    """Truly signed, as a token of another kind, of another time or of another app may be."""
    value = make(rng, ground.now)
    token = mint(claims(ground.now, **{name.split()[0]: value}), secret=rng.choice([SECRET, OLD]))
    return ask(f"{name} {value!r:.40}", token, rng, ground)


def both_of_a_lookalike(rng: random.Random, ground: Ground) -> Forged | None:
    """Issuer and destination agree, on something that is no shop."""
    domain = rng.choice(LOOKALIKES)
    return ask(f"from {domain[:30]!r}", mint(claims(ground.now, domain)), rng, ground)


Make = Callable[[random.Random, int], str]
HASHES = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}
ALGORITHMS = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    None,
    "hs256",
    "HS256 ",
    "RS256",
    "ES256",
    "PS256",
    "EdDSA",
    ["HS256"],
    0,
)


def other_hash(rng: random.Random, now: int) -> str:
    name, kind = rng.choice([*HASHES.items()])
    return mint(claims(now), {"alg": name, "typ": "JWT"}, kind=kind)


def exchanged_payload(rng: random.Random, now: int) -> str:
    head, _, mac = mint(claims(now)).split(".")
    swapped = rng.choice([claims(now, B), claims(now, sub="2"), claims(now, exp=now + 10**6), claims(now, sid="z")])
    return f"{head}.{url64(dumped(swapped))}.{mac}"


def bit_in_part(rng: random.Random, now: int) -> str:
    parts = mint(claims(now)).split(".")
    place = rng.randrange(3)
    raw = base64.urlsafe_b64decode(parts[place] + "==")
    parts[place] = url64(flip(rng, raw))
    return ".".join(parts)


def other_parts(rng: random.Random, now: int) -> str:
    head, body, mac = mint(claims(now)).split(".")
    odd = [
        head,
        f"{head}.{body}",
        f"{head}.{body}.",
        f".{body}.{mac}",
        f"{head}..{mac}",
        f"{head}.{body}.{mac}.",
        "..",
        "....",
    ]
    return rng.choice([*odd, f"{body}.{head}.{mac}", f"{head}.{body}.{mac}.{mac}.{mac}", f"{head}.{body}.{mac}{mac}"])


def odd_content(rng: random.Random, now: int) -> str:
    odd = [b"", b"[]", b"null", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 5000, b'{"a":' * 3000, b"{}", b"NaN"]
    return mint(rng.choice(odd))


def odd_header(rng: random.Random, now: int) -> str:
    odd = [b"[]", b"null", b"1", b"{", b"\xff", b"{}", b"[" * 5000, b'{"alg":"HS256","alg":"none"}']
    return mint(claims(now), rng.choice(odd))


def confused(rng: random.Random, now: int) -> str:
    """Signed as HS256 while the header names something else, or names where to find the key."""
    head = rng.choice(
        [
            {"alg": rng.choice(ALGORITHMS), "typ": "JWT"},
            {"alg": "RS256", "kid": "../../dev/null"},
            {"alg": "none", "jwk": {"kty": "oct", "k": url64(b"")}},
            {"typ": "JWT"},
            {"alg": "ES256", "jku": "https://evil.com/keys"},
        ]
    )
    return mint(claims(now), head, secret=rng.choice([SECRET, "", "test-key"]))


MADE: dict[str, Make] = {
    "unsigned": lambda rng, now: (
        mint(claims(now), {"alg": rng.choice(["none", "None", "NONE"])}).rpartition(".")[0] + "."
    ),
    "unsigned, keeps HS256": lambda rng, now: mint(claims(now)).rpartition(".")[0] + ".",
    "another hash": other_hash,
    "algorithm and key confused": confused,
    "another secret": lambda rng, now: mint(
        claims(now), secret=rng.choice(["", "third", KEY, SECRET[:-1], OLD.upper(), A])
    ),
    "payload exchanged": exchanged_payload,
    "one bit": bit_in_part,
    "one letter": lambda rng, now: change_letter(rng, mint(claims(now))),
    "parts": other_parts,
    "cut": lambda rng, now: (whole := mint(claims(now)))[: rng.randrange(len(whole))],
    "payload not an object": odd_content,
    "header not an object": odd_header,
    "rubbish": lambda rng, now: rng.choice(
        ["null", "\u00e9.\u00e9.\u00e9", "\x00", "a.b.c", "=.=.=", " ", "-", "'--", "%00"]
    ),
    "bytes": lambda rng, now: "".join(chr(rng.randint(128, 255)) for _ in range(rng.randint(1, 80))),
    "endless": lambda rng, now: "A" * rng.choice([10_000, 100_000]) + ".e30." + "A" * 43,
    "signed in standard base64": lambda rng, now: (
        mint(claims(now, sid="abc123")).translate(str.maketrans("-_", "+/")) + "="
    ),
    "signature of a webhook": lambda rng, now: mint(claims(now)).rpartition(".")[0] + "." + url64(digest(b"{}")),
    "lone surrogate": lambda rng, now: mint(b'{"iss":"\\ud800","dest":"\\ud800"}'),
}


def made(kind: str, make: Make, rng: random.Random, ground: Ground) -> Forged | None:
    return ask(kind, make(rng, ground.now), rng, ground)


SCHEMES = (
    "bearer {}",
    "Bearer  {}",
    "Bearer\t{}",
    "Token {}",
    "Basic {}",
    "{}",
    "Bearer",
    "Bearer {} x",
    "Bearer {0}, Bearer {0}",
)


def handed_over_wrongly(rng: random.Random, ground: Ground) -> Forged:
    """A true token, but not where or how a token is taken from."""
    true = mint(claims(ground.now))
    path = rng.choice(PAGES).format(task=ground.task)
    accept = ("Accept", "application/json")
    ways = [
        Forged("scheme", REFUSED, path, "GET", headers=(("Authorization", rng.choice(SCHEMES).format(true)), accept)),
        Forged("in a cookie", REFUSED, path, "GET", headers=(("Cookie", f"id_token={true}"), accept)),
        Forged("another header", REFUSED, path, "GET", headers=(("X-Authorization", f"Bearer {true}"), accept)),
        Forged("a change by query", REFUSED, rng.choice(CHANGES), query=query([("id_token", true)]), headers=(accept,)),
        Forged("a change by form", REFUSED, rng.choice(CHANGES), body=f"id_token={true}".encode(), headers=(accept,)),
        Forged(
            "two headers",
            REFUSED,
            path,
            "GET",
            headers=(
                ("Authorization", f"Bearer {mint(claims(ground.now), secret='x')}"),
                ("Authorization", f"Bearer {true}"),
            ),
        ),
        Forged(
            "false header, true query",
            REFUSED,
            path,
            "GET",
            query=query([("id_token", true)]),
            headers=(("Authorization", "Bearer x"),),
        ),
        Forged(
            "false query first",
            REFUSED,
            path,
            "GET",
            query=query([("id_token", "x.y.z"), ("id_token", true)]),
            headers=(accept,),
        ),
    ]
    return rng.choice(ways)


def forgers() -> list[Forger]:
    """One for each kind, and more for claims: each can be false in many ways."""
    return [
        *(partial(with_claim, name, make) for name, make in CLAIMS.items() for _ in range(4)),
        *(partial(made, kind, make) for kind, make in MADE.items()),
        both_of_a_lookalike,
        handed_over_wrongly,
    ]


def true_ones(ground: Ground) -> list[Forged]:
    """What must be taken."""
    found = []
    for secret in (SECRET, OLD):
        for changed in ({}, {"exp": ground.now - 9}, {"nbf": ground.now + 10}, {"extra": "\u0639"}):
            token = mint(claims(ground.now, **changed), secret=secret)
            for path in ("/", "/reports/numbers"):
                sent = (("Authorization", f"Bearer {token}"),)
                found.append(Forged("true token", (200,), path, "GET", headers=sent, query=query([("shop", A)])))
            found.append(
                Forged("true token in query", (200,), "/", "GET", query=query([("shop", A), ("id_token", token)]))
            )
    return found
