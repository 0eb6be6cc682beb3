"""What goes to the token endpoint, and what never goes to the log."""

import logging

import pytest

from shopify_app.shops.token_exchange import GrantEnded, GrantRefused, GrantStale, TokensUnavailable
from tests.shops.conftest import A, Slice
from tests.shops.token_server import refusal, response


def test_an_id_token_is_exchanged_for_an_expiring_offline_token(shops: Slice) -> None:
    granted = shops.endpoint.exchange(A, "an id token")
    assert shops.server.calls == [
        {
            "client_id": "test-key",
            "client_secret": shops.endpoint._config.api_secret,
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": "an id token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
            "expiring": "1",
        }
    ]
    assert (granted.access, granted.refresh, granted.expires_in) == ("access-1", "refresh-1", 3600)
    url, options = shops.server.sent[0]
    assert url == "https://alpha.myshopify.com/admin/oauth/access_token"
    assert options["timeout"] == (5, 20)
    assert options["headers"]["Accept"] == "application/json"


def test_a_code_is_redeemed_for_an_expiring_token_too(shops: Slice) -> None:
    shops.endpoint.redeem(A, "the code")
    assert shops.server.calls[0]["code"] == "the code"
    assert shops.server.calls[0]["expiring"] == "1"


def test_new_requests_use_the_new_secret_only(shops: Slice) -> None:
    shops.endpoint.refresh(A, "a refresh token")
    assert shops.server.calls[0]["client_secret"] == shops.endpoint._config.api_secret


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("invalid_subject_token"), GrantStale),
        (refusal("invalid_client"), GrantRefused),
        (refusal("invalid_request", 401), GrantEnded),
        (response(401, ""), GrantEnded),
        (response(404, "Not Found"), GrantRefused),
        (response(302, "", {"Location": "https://evil.example/"}), GrantRefused),
        (response(200, "<html>"), TokensUnavailable),
        (response(200, []), TokensUnavailable),
        (response(200, {"access_token": "only half"}), TokensUnavailable),
        (response(502, "<html>"), TokensUnavailable),
    ],
)
def test_each_answer_has_its_name(shops: Slice, answer: object, error: type[Exception]) -> None:
    shops.server.answers = [answer]
    with pytest.raises(error):
        shops.endpoint.exchange(A, "an id token")
    assert len(shops.server.calls) == 1


def test_no_secret_reaches_the_log_or_a_representation(shops: Slice, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    half = {"access_token": "secret-access", "refresh_token": "secret-refresh", "scope": ""}
    shops.server.answers = [response(200, half), response(200, {"access_token": "secret-access"})]
    granted = shops.endpoint.exchange(A, "secret-id-token")
    with pytest.raises(TokensUnavailable):
        shops.endpoint.exchange(A, "secret-id-token")
    assert "secret-" not in caplog.text + repr(granted)
    assert shops.endpoint._config.api_secret not in caplog.text
