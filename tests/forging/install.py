"""Forged returns from the consent page, and hostile parameters of the bounce page and of the way in."""

# ruff: noqa: ARG005 - every forger of a table is called alike, whatever it needs
import base64
import hashlib
import hmac
import random
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from tests.forging.ground import LOOKALIKES, OLD, SECRET, A, B, Forged, Forger, Ground, change_letter, query

COOKIE = "wafa_authorization"
REFUSED = (400,)
Parameters = dict[str, str]


def parameters(ground: Ground, state: str, **changed: str) -> Parameters:
    usual = {"code": "the-code", "shop": A, "state": state, "timestamp": str(ground.now), "host": "aG9zdA"}
    return {**usual, **changed}


def mac(sent: Parameters, secret: str = SECRET, kind=hashlib.sha256) -> str:
    text = "&".join(f"{name}={sent[name]}" for name in sorted(sent))
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), kind).hexdigest()


def come_back(kind: str, sent: Parameters, cookie: str | None, signature: str | None = None, **more) -> Forged:
    """The request with the parameters, signed if no other signature is given."""
    pairs = [*sent.items(), ("hmac", mac(sent) if signature is None else signature)]
    headers = () if cookie is None else (("Cookie", f"{COOKIE}={cookie}"),)
    asked = {"query": query(pairs), **more}
    return Forged(f"callback: {kind}", REFUSED, "/auth/callback", **{"method": "GET", "headers": headers, **asked})


Sign = Callable[[random.Random, Parameters], str]
SIGNATURES: dict[str, Sign] = {
    "empty": lambda rng, sent: "",
    "another secret": lambda rng, sent: mac(sent, rng.choice(["", "third", "test-key", SECRET[:-1], OLD.upper()])),
    "one letter": lambda rng, sent: change_letter(rng, mac(sent)),
    "capitals": lambda rng, sent: mac(sent).upper(),
    "cut": lambda rng, sent: mac(sent)[: rng.randrange(64)],
    "longer": lambda rng, sent: mac(sent) + rng.choice(["0", "=", " ", "\n", "\x00", mac(sent)]),
    "base64": lambda rng, sent: base64.b64encode(bytes.fromhex(mac(sent))).decode(),
    "SHA-1": lambda rng, sent: mac(sent, kind=hashlib.sha1),
    "SHA-512": lambda rng, sent: mac(sent, kind=hashlib.sha512),
    "MD5": lambda rng, sent: mac(sent, kind=hashlib.md5),
    "of fewer": lambda rng, sent: mac({name: value for name, value in sent.items() if name != rng.choice(list(sent))}),
    "of nothing": lambda rng, sent: mac({}),
    "of others": lambda rng, sent: mac({**sent, "shop": B}),
    "not ASCII": lambda rng, sent: rng.choice(["\u00e9" * 64, "\u0661" * 64, "\x00", "\ud800"]),
    "endless": lambda rng, sent: "0" * 100_000,
    "random": lambda rng, sent: rng.randbytes(32).hex(),
}

STAMPS = (
    -91,
    91,
    -3600,
    3600,
    -(10**9),
    10**9,
    "",
    "1e9",
    "-1",
    "+5",
    "0x5",
    "1.5",
    " ",
    "\u0661\u0662",
    "9" * 400,
    "NaN",
    "\x00",
    "now",
    "\u00b2",
)


def with_signature(kind: str, sign: Sign, rng: random.Random, ground: Ground) -> Forged | None:
    state, cookie = ground.ask(A)
    sent = parameters(ground, state)
    signature = sign(rng, sent)
    return None if signature in (mac(sent), mac(sent, OLD)) else come_back(f"hmac {kind}", sent, cookie, signature)


def changed_afterwards(rng: random.Random, ground: Ground) -> Forged:
    """A parameter is not what it was when Shopify signed: another value, one more, one less, twice, or an array."""
    state, cookie = ground.ask(A)
    sent = parameters(ground, state)
    signature = mac(sent)
    name = rng.choice(list(sent))
    pairs = [*sent.items(), ("hmac", signature)]
    tampered = rng.choice(
        [
            [(key, f"{value}x" if key == name else value) for key, value in pairs],
            [(key, value) for key, value in pairs if key != name],
            [*pairs, ("more", "1")],
            [*pairs, (name, sent[name])],
            [(name, "x"), *pairs],
            [*pairs, ("hmac", signature)],
            [*pairs, ("ids[]", "1")],
            [(f"{key}[]" if key == name else key, value) for key, value in pairs],
            [(key.upper() if key == name else key, value) for key, value in pairs],
            [(key, value) for key, value in pairs if key != "hmac"],
            [*pairs, ("", "")],
        ]
    )
    return come_back("changed afterwards", sent, cookie, query=query(tampered))


def smuggled(rng: random.Random, ground: Ground) -> Forged:
    """One value that contains the text of others: the same letters are signed, but they mean something else."""
    state, cookie = ground.ask(A)
    sent = parameters(ground, state)
    joined = {"code": f"the-code&host=aG9zdA&shop={A}&state={state}&timestamp={ground.now}"}
    split = {**sent, "code": "the-code&host=evil"}
    pairs = rng.choice([[*joined.items()], [*joined.items(), ("shop", A)], [*split.items()]])
    signature = mac(sent)
    return come_back("smuggled", sent, cookie, query=query([*pairs, ("hmac", signature)]))


def with_shop(rng: random.Random, ground: Ground) -> Forged:
    """Truly signed, of something that is no shop."""
    state, cookie = ground.ask(A)
    name = rng.choice(LOOKALIKES)
    return come_back(f"shop {name[:30]!r}", parameters(ground, state, shop=name), cookie)


def at_another_time(stamp: str | int, rng: random.Random, ground: Ground) -> Forged:
    """Truly signed, so many seconds away from now or at a time that is none."""
    state, cookie = ground.ask(A)
    stamp = str(ground.now + stamp) if isinstance(stamp, int) else stamp
    return come_back(f"timestamp {stamp[:20]!r}", parameters(ground, state, timestamp=stamp), cookie)


def with_state(place: int, rng: random.Random, ground: Ground) -> Forged:
    """Truly signed, but not the answer to the question that this browser asked."""
    state, cookie = ground.ask(A)
    other_state, other_cookie = ground.ask(A)
    bobs_state, bobs_cookie = ground.ask(B)
    text, _, tag = cookie.rpartition(".")
    known, _, issued = text.rpartition(".")
    false = rng.choice(["", "x", state[:-1], f"{state} ", state.swapcase(), other_state, "\x00", "\ud800", "\u00e9"])
    pairs: list[tuple[str, str | None]] = [
        (false, cookie),
        (state, other_cookie),
        (state, None),
        (state, ""),
        (bobs_state, bobs_cookie),
        (state, f"{known}.{int(issued) + 1}.{tag}"),
        (state, f"{known}.{issued}."),
        (state, f"{known}.{issued}"),
        (state, f"{known}..{tag}"),
        (state, f"..{cookie}"),
        (state, change_letter(rng, cookie)),
        (state, cookie[: rng.randrange(len(cookie))]),
        (state, "\u00e9.1.2"),
        (state, "\ud800.1.2"),
        ("", f".{issued}.{tag}"),
        (state, f"{other_cookie}; {COOKIE}={cookie}"),
    ]
    sent, kept = pairs[place % len(pairs)]
    return come_back("state", parameters(ground, sent), kept)


def raw_cookie(rng: random.Random, ground: Ground) -> Forged:
    """A cookie header that no browser would send."""
    state, _ = ground.ask(A)
    odd = rng.choice(
        ["\x00", ";;;==", "=", COOKIE, f'{COOKIE}="\\377"', "\ud83d", "a=" + "b" * 100_000, "\u00ff\u00fe"]
    )
    return come_back("cookie", parameters(ground, state), None, headers=(("Cookie", odd),))


def without(rng: random.Random, ground: Ground) -> Forged:
    """Truly signed, and something is missing."""
    state, cookie = ground.ask(A)
    sent = parameters(ground, state)
    name = rng.choice(["code", "shop", "state", "timestamp"])
    if rng.random() < 0.5:
        del sent[name]
    else:
        sent[name] = ""
    return come_back(f"no {name}", sent, cookie)


def raw_query(rng: random.Random, ground: Ground) -> Forged:
    """Bytes that are no parameters."""
    _, cookie = ground.ask(A)
    odd = ["%", "%zz=%", "&&&", "=", "a" * 50_000, "%00=%00", "%ff%fe=%ff", "shop[]=" + A, "&".join(["x=1"] * 2000)]
    return come_back("query", {}, cookie, query=rng.choice([*odd, f"shop={quote(A)}&hmac=%ff", "hmac&shop&state"]))


PATHS = (
    "https://evil.com/",
    "//evil.com",
    "/\\evil.com",
    "\\\\evil.com",
    "/\t/evil.com",
    "/\n/evil.com",
    "/\r\nLocation: https://evil.com",
    "javascript:alert(1)",
    "data:text/html,evil",
    "evil.com",
    "",
    " /",
    "/\x00",
    "/ evil",
    "\u2215evil.com",
    "/\x7f",
    "///evil.com",
)


def bounced(rng: random.Random, ground: Ground) -> Forged:
    """The bounce page with a shop that is none, a way back that leads out, or either of them twice."""
    good = [("shop", A), ("shopify-reload", "/reports/numbers")]
    asked = rng.choice(
        [
            [("shop", rng.choice(LOOKALIKES)), good[1]],
            [good[0], ("shopify-reload", rng.choice(PATHS))],
            [good[0]],
            [good[1]],
            [],
            [*good, ("shop", "evil.com")],
            [("shop", "evil.com"), *good],
            [*good, ("shopify-reload", "https://evil.com")],
            [("shop[]", A), good[1]],
        ]
    )
    return Forged("bounce", REFUSED, "/auth/patch-id-token", "GET", query=query(asked))


def began(rng: random.Random, ground: Ground) -> Forged:
    """The way in, for what nobody can take for a shop."""
    names = (
        "evil.com",
        f"{A}.evil.com",
        "http://[",
        "http://[evil]/",
        "a b",
        "",
        "\x00",
        "evil.com#.myshopify.com",
        "..",
        "\ud800",
    )
    return Forged("begin", REFUSED, "/auth", "GET", query=query([("shop", rng.choice(names))]))


def wrong_method(rng: random.Random, ground: Ground) -> Forged:
    state, cookie = ground.ask(A)
    sent = come_back(
        "method", parameters(ground, state), cookie, method=rng.choice(["POST", "PUT", "DELETE", "PATCH", "X"])
    )
    return Forged(sent.kind, (405,), sent.path, sent.method, sent.query, sent.headers)


def forgers() -> list[Forger]:
    """One for each kind."""
    signed = (partial(with_signature, kind, sign) for kind, sign in SIGNATURES.items())
    kinds = (changed_afterwards, smuggled, with_shop, raw_cookie, without, raw_query)
    times = (partial(at_another_time, stamp) for stamp in STAMPS)
    states = (partial(with_state, place) for place in range(16))
    return [*signed, *times, *states, *kinds, bounced, bounced, began, wrong_method]
