"""Which ID tokens are believed, each refusal with its reason."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest

from shopify_app.config import Config
from shopify_app.embedded.id_token import IdToken, IdTokenRefused, read_id_token
from tests.conftest import MovedClock
from tests.embedded.conftest import OLD_SECRET, SECRET, A, B, claims, signed

Make = Callable[[MovedClock], str]


def with_claims(**changed: Any) -> Make:
    return lambda clock: signed(claims(clock, **changed))


def at(name: str, seconds: int) -> Make:
    return lambda clock: signed(claims(clock, **{name: int(clock.now.timestamp()) + seconds}))


def unsigned(clock: MovedClock) -> str:
    return jwt.encode(claims(clock), None, algorithm="none")


def with_algorithm(algorithm: str) -> Make:
    return lambda clock: jwt.encode(claims(clock), SECRET * 2, algorithm=algorithm)


def tampered(clock: MovedClock) -> str:
    head, _, mac = signed(claims(clock)).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(clock, B)).encode()).decode().rstrip("=")
    return f"{head}.{body}.{mac}"


REFUSED: dict[str, tuple[Make, str]] = {
    "no exp": (with_claims(exp=None), "no_exp"),
    "no nbf": (with_claims(nbf=None), "no_nbf"),
    "no iat": (with_claims(iat=None), "no_iat"),
    "no aud": (with_claims(aud=None), "no_aud"),
    "no iss": (with_claims(iss=None), "no_iss"),
    "no dest": (with_claims(dest=None), "no_dest"),
    "no sub": (with_claims(sub=None), "no_sub"),
    "no jti": (with_claims(jti=None), "no_jti"),
    "no sid": (with_claims(sid=None), "no_sid"),
    "expired": (at("exp", -11), "expired"),
    "expired to the second": (at("exp", -10), "expired"),
    "not yet": (at("nbf", 11), "future"),
    "issued later": (at("iat", 11), "future"),
    "exp as text": (with_claims(exp="1900000000"), "exp"),
    "exp as truth": (with_claims(exp=True), "exp"),
    "exp as fraction": (with_claims(exp=9e9), "exp"),
    "other audience": (with_claims(aud="another-key"), "audience"),
    "audience list": (with_claims(aud=["test-key"]), "audience"),
    "issuer of another shop": (with_claims(iss=f"https://{B}/admin"), "issuer"),
    "issuer not https": (with_claims(iss=f"http://{A}/admin"), "issuer"),
    "issuer with user": (with_claims(iss=f"https://x@{A}/admin"), "issuer"),
    "issuer no text": (with_claims(iss="https://[/admin"), "issuer"),
    "destination not a shop": (with_claims(iss="https://evil.com/admin", dest="https://evil.com"), "destination"),
    "destination lookalike": (with_claims(dest=f"https://{A}.evil.com"), "destination"),
    "destination with path": (with_claims(dest=f"https://{A}/x"), "destination"),
    "destination bare": (with_claims(dest=A), "destination"),
    "destination with newline": (with_claims(dest=f"https://{A}\n"), "destination"),
    "destination a list": (with_claims(dest=[f"https://{A}"]), "destination"),
    "customer's token": (with_claims(sub="gid://shopify/Customer/1"), "sub"),
    "empty sub": (with_claims(sub=""), "sub"),
    "sid a number": (with_claims(sid=7), "sid"),
    "unsigned": (unsigned, "algorithm"),
    "HS512": (with_algorithm("HS512"), "algorithm"),
    "other secret": (lambda clock: signed(claims(clock), "x" * 40), "signature"),
    "tampered": (tampered, "signature"),
    "rubbish": (lambda _clock: "rubbish", "malformed"),
    "empty": (lambda _clock: "", "malformed"),
    "three dots": (lambda _clock: "...", "malformed"),
    "not ascii": (lambda _clock: "\u00e9.\u00e9.\u00e9", "malformed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, config: Config, clock: MovedClock) -> None:
    make, reason = REFUSED[name]
    with pytest.raises(IdTokenRefused) as caught:
        read_id_token(make(clock), config, clock.now)
    assert caught.value.reason == reason


ACCEPTED: dict[str, Make] = {
    "as it comes": with_claims(),
    "five seconds late": at("exp", -5),
    "nine seconds late": at("exp", -9),
    "ten seconds early": at("nbf", 10),
    "issued ten seconds early": at("iat", 10),
    "unknown claims": with_claims(sig="abc", more={"a": 1}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str, config: Config, clock: MovedClock) -> None:
    assert read_id_token(ACCEPTED[name](clock), config, clock.now) == IdToken(A, "42", "abc123")


def test_the_apps_clock_decides_not_the_machines(config: Config, clock: MovedClock) -> None:
    clock.forward(-5 * 365 * 86400)
    token = signed(claims(clock))
    assert read_id_token(token, config, clock.now).shop_domain == A
    with pytest.raises(IdTokenRefused):
        read_id_token(token, config, clock.forward(71))


def test_mixed_case_of_a_domain_is_one_shop(config: Config, clock: MovedClock) -> None:
    token = signed(claims(clock, "Alpha.myshopify.com"))
    assert read_id_token(token, config, clock.now).shop_domain == A


def test_the_old_secret_counts_while_it_is_set(config: Config, clock: MovedClock) -> None:
    token = signed(claims(clock), OLD_SECRET)
    with pytest.raises(IdTokenRefused):
        read_id_token(token, config, clock.now)
    rotating = replace(config, old_api_secret=OLD_SECRET)
    assert read_id_token(token, rotating, clock.now).shop_domain == A
    assert read_id_token(signed(claims(clock)), rotating, clock.now).shop_domain == A
