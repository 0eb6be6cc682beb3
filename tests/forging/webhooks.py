"""Forged webhooks: signatures, bodies and headers that are almost right, and true ones as the control."""

# ruff: noqa: ARG005 - every forger of a table is called alike, whatever it needs
import base64
import gzip
import hashlib
import json
import random
import unicodedata
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from tests.forging.ground import (
    LOOKALIKES,
    OLD,
    SECRET,
    A,
    B,
    Forged,
    Forger,
    Ground,
    b64,
    change_letter,
    digest,
    dumped,
    flip,
)

REFUSED = (400, 401)
SECRETS = (SECRET, OLD)


def bodies(rng: random.Random, ground: Ground) -> bytes:
    """An order with Arabic, both newlines, a composed letter and an amount."""
    return dumped(
        {
            "id": 10**12 + ground.next(),
            "admin_graphql_api_id": "gid://shopify/Order/1",
            "note": f"نورة\r\nsecond line\n caf\u00e9 \u200f{rng.random()}",
            "total": "10.000",
            "line_items": [{"id": 1, "price": "10.000", "title": "عود"}],
        }
    )


def headers(number: int, signature: str | None, family: str = "X-Shopify", **changed: str | None):
    """A delivery's headers; None leaves one out."""
    usual = {
        "Topic": "orders/create",
        "Hmac-Sha256": signature,
        "Shop-Domain": A,
        "API-Version": "2026-10",
        "Webhook-Id": f"b54557e4-bdd9-4b37-8a5f-{number:012}",
        "Triggered-At": "2026-11-20T07:00:00.123Z",
    }
    usual.update({name.replace("_", "-"): value for name, value in changed.items()})
    return tuple((f"{family}-{name}", value) for name, value in usual.items() if value is not None)


def good(body: bytes) -> set[str]:
    return {b64(digest(body, secret)) for secret in SECRETS}


def webhook(kind: str, ground: Ground, signature: str | None, body: bytes, **more) -> Forged | None:
    """The request, unless its signature is true after all."""
    if signature in good(body):
        return None
    sent = headers(ground.next(), signature)
    return Forged(f"webhook: {kind}", REFUSED, "/webhooks", headers=sent, body=body, **more)


Sign = Callable[[random.Random, bytes, str], str | None]
"""From chance, the body and one of the secrets, a signature that is not one."""

SIGNATURES: dict[str, Sign] = {
    "missing": lambda rng, body, secret: None,
    "empty": lambda rng, body, secret: "",
    "a blank": lambda rng, body, secret: " " * rng.randint(1, 60),
    "another secret": lambda rng, body, secret: b64(
        digest(body, rng.choice(["", "third", "test-key", A, " ", "null"]))
    ),
    "secret changed": lambda rng, body, secret: b64(digest(body, change_letter(rng, secret))),
    "secret cut": lambda rng, body, secret: b64(digest(body, secret[: rng.randrange(len(secret))])),
    "secret with newline": lambda rng, body, secret: b64(digest(body, secret + rng.choice(["\n", "\r\n", " ", "="]))),
    "secret in other case": lambda rng, body, secret: b64(digest(body, rng.choice([secret.upper(), secret.title()]))),
    "hex": lambda rng, body, secret: digest(body, secret).hex(),
    "hex in capitals": lambda rng, body, secret: digest(body, secret).hex().upper(),
    "base64 of hex": lambda rng, body, secret: b64(digest(body, secret).hex().encode()),
    "base64 twice": lambda rng, body, secret: b64(b64(digest(body, secret)).encode()),
    "base32": lambda rng, body, secret: base64.b32encode(digest(body, secret)).decode(),
    "base85": lambda rng, body, secret: base64.b85encode(digest(body, secret)).decode(),
    "urlsafe alphabet": lambda rng, body, secret: b64(digest(body, secret)).replace("+", "-").replace("/", "_"),
    "no padding": lambda rng, body, secret: b64(digest(body, secret)).rstrip("="),
    "more padding": lambda rng, body, secret: b64(digest(body, secret)) + "=" * rng.randint(1, 4),
    "cut": lambda rng, body, secret: b64(digest(body, secret))[: rng.randrange(44)],
    "beginning cut": lambda rng, body, secret: b64(digest(body, secret))[rng.randint(1, 43) :],
    "digest cut": lambda rng, body, secret: b64(digest(body, secret)[: rng.randrange(32)]),
    "digest longer": lambda rng, body, secret: b64(digest(body, secret) + rng.randbytes(rng.randint(1, 32))),
    "one bit of the digest": lambda rng, body, secret: b64(flip(rng, digest(body, secret))),
    "one letter": lambda rng, body, secret: change_letter(rng, b64(digest(body, secret))),
    "same bits in other letters": lambda rng, body, secret: trailing_bits(rng, b64(digest(body, secret))),
    "other case": lambda rng, body, secret: b64(digest(body, secret)).swapcase(),
    "backwards": lambda rng, body, secret: b64(digest(body, secret))[::-1],
    "digest backwards": lambda rng, body, secret: b64(digest(body, secret)[::-1]),
    "in quotes": lambda rng, body, secret: f'"{b64(digest(body, secret))}"',
    "with a scheme": lambda rng, body, secret: rng.choice(["sha256=", "v1=", "Bearer "]) + b64(digest(body, secret)),
    "blank before or after": lambda rng, body, secret: rng.choice([" {}", "{} ", "\t{}", "{}\n", "{}\x00"]).format(
        b64(digest(body, secret))
    ),
    "two, one true": lambda rng, body, secret: rng.choice(["{0},{1}", "{1},{0}", "{0}, {0}", "{0};{1}"]).format(
        b64(digest(body, secret)), b64(rng.randbytes(32))
    ),
    "percent-encoded": lambda rng, body, secret: quote(b64(digest(body, secret)), safe=""),
    "not ASCII": lambda rng, body, secret: rng.choice(["\u00e9", "\u00fc" * 44, "\u0661" * 44, "\ud800", "\U0001f600"]),
    "bytes of latin-1": lambda rng, body, secret: "".join(chr(rng.randint(128, 255)) for _ in range(44)),
    "fullwidth letters": lambda rng, body, secret: "".join(chr(ord(one) + 0xFEE0) for one in b64(digest(body, secret))),
    "control characters": lambda rng, body, secret: rng.choice(["\x00", "\x00" * 44, "\r\n\r\n", "\x7f"]),
    "endless": lambda rng, body, secret: b64(digest(body, secret)) * rng.randint(2, 2000),
    "a word": lambda rng, body, secret: rng.choice(["null", "undefined", "true", "None", "0", "[]", "{}", "*"]),
    "random": lambda rng, body, secret: b64(rng.randbytes(32)),
    "SHA-1": lambda rng, body, secret: b64(digest(body, secret, hashlib.sha1)),
    "SHA-384": lambda rng, body, secret: b64(digest(body, secret, hashlib.sha384)),
    "SHA-512": lambda rng, body, secret: b64(digest(body, secret, hashlib.sha512)),
    "SHA-512 cut to size": lambda rng, body, secret: b64(digest(body, secret, hashlib.sha512)[:32]),
    "SHA3": lambda rng, body, secret: b64(digest(body, secret, hashlib.sha3_256)),
    "MD5": lambda rng, body, secret: b64(digest(body, secret, hashlib.md5)),
    "hash without key": lambda rng, body, secret: b64(hashlib.sha256(body).digest()),
    "hash of key and body": lambda rng, body, secret: b64(hashlib.sha256(secret.encode() + body).digest()),
    "key and body exchanged": lambda rng, body, secret: b64(digest(secret.encode(), body.decode("utf-8", "replace"))),
    "of nothing": lambda rng, body, secret: b64(digest(b"", secret)),
    "of the body twice": lambda rng, body, secret: b64(digest(body + body, secret)),
    "of body and topic": lambda rng, body, secret: b64(digest(body + b"orders/create", secret)),
    "of body and shop": lambda rng, body, secret: b64(digest(body + A.encode(), secret)),
    "of the digest": lambda rng, body, secret: b64(digest(digest(body, secret), secret)),
    "of another body": lambda rng, body, secret: b64(digest(body.replace(b"10.000", b"99.000"), secret)),
    "of another shop's body": lambda rng, body, secret: b64(digest(dumped({"id": 7, "shop": B}), secret)),
    "secret itself": lambda rng, body, secret: rng.choice([b64(secret.encode()), secret]),
}


def trailing_bits(rng: random.Random, text: str) -> str:
    """Another last letter that decodes to the same bytes: a lenient reader would take it."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    place = alphabet.index(text[42])
    return text[:42] + alphabet[place - place % 4 + (place + rng.randint(1, 3)) % 4] + "="


Change = Callable[[random.Random, bytes], bytes]
"""A body that is not the one that was signed."""

BODIES: dict[str, Change] = {
    "re-serialised": lambda rng, body: json.dumps(json.loads(body)).encode(),
    "keys sorted": lambda rng, body: json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False).encode(),
    "indented": lambda rng, body: json.dumps(json.loads(body), indent=rng.randint(1, 4), ensure_ascii=False).encode(),
    "escaped": lambda rng, body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
    "CRLF changed": lambda rng, body: body.replace(b"\\r\\n", b"\\n"),
    "LF changed": lambda rng, body: body.replace(b"\\n", b"\\r\\n"),
    "decomposed": lambda rng, body: unicodedata.normalize("NFD", body.decode()).encode(),
    "compatibility form": lambda rng, body: unicodedata.normalize("NFKD", body.decode()).encode(),
    "UTF-16": lambda rng, body: body.decode().encode(rng.choice(["utf-16", "utf-16-le", "utf-16-be"])),
    "byte order mark": lambda rng, body: b"\xef\xbb\xbf" + body,
    "newline at the end": lambda rng, body: body + rng.choice([b"\n", b"\r\n", b" ", b"\x00"]),
    "blank at the start": lambda rng, body: rng.choice([b"\n", b" ", b"\t"]) + body,
    "one bit": flip,
    "one bit near the amount": lambda rng, body: body.replace(b"10.000", flip(rng, b"10.000"), 1),
    "another amount": lambda rng, body: body.replace(b"10.000", b"99.000"),
    "cut": lambda rng, body: body[: rng.randrange(len(body))],
    "beginning cut": lambda rng, body: body[rng.randint(1, len(body)) :],
    "twice": lambda rng, body: body + body,
    "something inside": lambda rng, body: (
        (at := rng.randrange(len(body))) * b"" + body[:at] + rng.randbytes(3) + body[at:]
    ),
    "compressed": lambda rng, body: gzip.compress(body, mtime=0),
    "empty": lambda rng, body: b"",
    "form": lambda rng, body: b"payload=" + quote(body).encode(),
    "a field more": lambda rng, body: body[:-1] + b',"test":true}',
    "backwards": lambda rng, body: body[::-1],
}

WEBHOOK_IDS = ("", " ", "x" * 129, "x" * 100_000, "a b", "a,b", "a\nb", "a\x00b", "\u00e9", "\t", "a\x7f", "\u200f")
TOPICS = ("", " ", "x" * 129, "orders/create\n", "orders/create,orders/updated", "../../etc/passwd", "orders//create")
MORE_TOPICS = ("/orders", "orders/", "orders\x00", "\u0437akaz", "orders create", "<script>", "__class__.", "'--", "{}")
LENGTHS = (
    "-1",
    "+5",
    "abc",
    "\u00b2",
    "\u0661\u0662",
    "1e3",
    "0x10",
    "1.0",
    " ",
    "5,5",
    "9" * 30,
    "9" * 5000,
    "5242881",
)
METHODS = (
    "GET",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "post",
    "POST2",
    "\u00e9",
)
PATHS = (
    "/webhooksx",
    "/Webhooks",
    "//webhooks",
    "/webhook",
    "/webhooks.json",
    "/x/webhooks",
    "/webhooks\x00",
    "/%77ebhooks",
)


def with_signature(kind: str, sign: Sign, rng: random.Random, ground: Ground) -> Forged | None:
    body = bodies(rng, ground)
    return webhook(f"signature {kind}", ground, sign(rng, body, rng.choice(SECRETS)), body)


def with_body(kind: str, change: Change, rng: random.Random, ground: Ground) -> Forged | None:
    body = bodies(rng, ground)
    return webhook(f"body {kind}", ground, b64(digest(body, rng.choice(SECRETS))), change(rng, body))


def with_header(name: str, values: tuple[str, ...], rng: random.Random, ground: Ground) -> Forged:
    """Truly signed, but a header that names something names nothing that can be."""
    body = bodies(rng, ground)
    value = rng.choice(values)
    sent = headers(ground.next(), b64(digest(body)), rng.choice(["X-Shopify", "Shopify"]), **{name: value})
    return Forged(f"webhook: {name} {value[:40]!r}", (400,), "/webhooks", headers=sent, body=body)


def without_header(rng: random.Random, ground: Ground) -> Forged:
    body = bodies(rng, ground)
    name = rng.choice(["Topic", "Shop_Domain", "Webhook_Id"])
    sent = headers(ground.next(), b64(digest(body)), **{name: None})
    return Forged(f"webhook: no {name}", (400,), "/webhooks", headers=sent, body=body)


def wild_domain(rng: random.Random, ground: Ground) -> Forged:
    """A true name with one letter in it that no name has."""
    place = rng.randint(0, len(A))
    strange = rng.choice(" \t\n\r\x00/\\:@#?%&=;,'\"<>(){}[]|^`~!*+_\u00e9\u0430")
    return with_header("Shop_Domain", (A[:place] + strange + A[place:],), rng, ground)


def two_families(rng: random.Random, ground: Ground) -> Forged:
    """One family says one thing and the other another; only one of them can have come from Shopify."""
    body = bodies(rng, ground)
    name, wrong = rng.choice(
        [
            ("Hmac-Sha256", b64(rng.randbytes(32))),
            ("Hmac-Sha256", ""),
            ("Shop-Domain", B),
            ("Topic", "shop/redact"),
            ("Webhook-Id", "another"),
        ]
    )
    first, second = rng.sample(["X-Shopify", "Shopify"], 2)
    sent = (*headers(ground.next(), b64(digest(body)), first), (f"{second}-{name}", wrong))
    return Forged(f"webhook: two families, {name}", REFUSED, "/webhooks", headers=sent, body=body)


def elsewhere(rng: random.Random, ground: Ground) -> Forged:
    """A true signature, but not in its header."""
    body = bodies(rng, ground)
    signature = b64(digest(body))
    name = rng.choice(["X-Shopify-Hmac-Sha1", "X-Shopify-Signature", "Authorization", "X-Hub-Signature-256", "Cookie"])
    sent = (*headers(ground.next(), None), (name, signature))
    asked = rng.choice(["", f"hmac={quote(signature)}", f"X-Shopify-Hmac-Sha256={quote(signature)}"])
    return Forged("webhook: signature elsewhere", REFUSED, "/webhooks", headers=sent, body=body, query=asked)


def false_length(length: str | None, rng: random.Random, ground: Ground) -> Forged:
    """A length that is none, or that is not this body's."""
    body = bodies(rng, ground)
    if length is None:
        length = rng.choice([str(rng.randrange(len(body))), str(len(body) + rng.randint(1, 10**6))])
    shop = "stranger.myshopify.com"  # what is too large is counted for shops of ours
    sent = headers(ground.next(), b64(digest(body)), Shop_Domain=shop)
    return Forged(
        f"webhook: length {length[:20]!r}", (*REFUSED, 413), "/webhooks", headers=sent, body=body, length=length
    )


def other_method(rng: random.Random, ground: Ground) -> Forged:
    body = bodies(rng, ground)
    sent = headers(ground.next(), b64(digest(body)))
    path = rng.choice(["/webhooks", "/webhooks/compliance", "/webhooks/"])
    return Forged("webhook: method", (405,), path, method=rng.choice(METHODS), headers=sent, body=body)


def other_path(rng: random.Random, ground: Ground) -> Forged:
    body = bodies(rng, ground)
    sent = headers(ground.next(), b64(digest(body)))
    return Forged("webhook: path", (404, 405), rng.choice(PATHS), headers=sent, body=body)


def forgers() -> list[Forger]:
    """One for each kind."""
    return [
        *(partial(with_signature, kind, sign) for kind, sign in SIGNATURES.items()),
        *(partial(with_body, kind, change) for kind, change in BODIES.items()),
        *(partial(with_header, "Shop_Domain", (name,)) for name in LOOKALIKES),
        *(partial(with_header, "Webhook_Id", (number,)) for number in WEBHOOK_IDS),
        *(partial(with_header, "Topic", (topic,)) for topic in TOPICS + MORE_TOPICS),
        *(partial(false_length, length) for length in (None, "", *LENGTHS)),
        *(without_header, wild_domain, two_families, elsewhere, other_method, other_path),
    ]


def true_ones(rng: random.Random, ground: Ground) -> list[Forged]:
    """What must be taken, so that a door that refuses everything is found out."""
    made = []
    for family in ("X-Shopify", "Shopify", "x-shopify"):
        for secret in SECRETS:
            for body in (bodies(rng, ground), b"{}\r\n", "نورة cafe\u0301".encode(), b"\xff\x00", b""):
                sent = headers(ground.next(), b64(digest(body, secret)), family)
                made.append(Forged(f"true webhook {family}", (200,), "/webhooks", headers=sent, body=body))
    for odd in ({"Triggered_At": "0001-01-01T00:00:00+14:00"}, {"Triggered_At": "x"}, {"Event_Id": "\x00" * 300}):
        sent = headers(ground.next(), b64(digest(b"{}")), **odd)
        made.append(Forged(f"true webhook {odd}", (200,), "/webhooks/any", headers=sent, body=b"{}"))
    both = headers(ground.next(), b64(digest(b"{}")))
    twice = (*both, *((name.removeprefix("X-"), value) for name, value in both))
    made.append(Forged("true webhook, both families alike", (200,), "/webhooks", headers=twice, body=b"{}"))
    return made
