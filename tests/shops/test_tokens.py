"""Access tokens: refreshed in time, once, and given up only when Shopify says so."""

import threading
import time
from datetime import timedelta

import pytest
import requests

from shopify_app.crypto import Unreadable
from shopify_app.db.lease import REFRESH, SECONDS, claim, fence
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.token_exchange import Granted, GrantRefused, TokensUnavailable
from shopify_app.shops.tokens import NeedsReauth
from shopify_app.shops.uninstall import uninstalled
from tests.shops.conftest import Slice
from tests.shops.token_server import refusal, response

B = "bravo.myshopify.com"
INACTIVE = {"error": "invalid_request", "error_description": "This request requires an active refresh_token"}


def test_a_fresh_token_is_used_as_it_is(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600 - 301)
    assert shops.tokens.access_token(shop, shops.clock) == "access-1"
    assert len(shops.server.calls) == 1


def test_less_than_five_minutes_before_its_end_it_is_refreshed_and_kept(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600 - 299)
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"
    assert shops.server.calls[1]["grant_type"] == "refresh_token"
    assert shops.server.calls[1]["refresh_token"] == "refresh-1"
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"
    shops.clock.forward(3600)
    assert shops.tokens.access_token(shop, shops.clock) == "access-3"
    assert shops.server.calls[2]["refresh_token"] == "refresh-2"


def test_the_ninety_days_start_again_with_each_refresh(shops: Slice) -> None:
    shop = shops.install()
    for _ in range(3):
        shops.clock.forward(timedelta(days=89).total_seconds())
        shops.tokens.access_token(shop, shops.clock)
    pair = shops.pair(shop)
    assert pair is not None
    assert pair.refresh_expires_at == shops.now + timedelta(days=90)


def test_two_threads_make_one_call(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    shops.tokens._sleep = time.sleep
    shops.server.during = lambda: time.sleep(0.3)
    start, got = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        got.append(shops.tokens.access_token(shop, shops.clock))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == ["access-2", "access-2"]
    assert len(shops.server.calls) == 2


@pytest.mark.parametrize("refused", [False, True])
def test_the_lease_of_a_dead_worker_is_waited_for_and_taken(shops: Slice, refused: bool) -> None:
    shop = shops.install()
    shops.clock.forward(0 if refused else 3600)
    with shops.database.transaction() as session:
        assert claim(session, shop, REFRESH, "killed", shops.now)
    shops.tokens._sleep = shops.clock.forward
    began = shops.now
    if refused:
        assert shops.tokens.replace(shop, "access-1", shops.clock) == "access-2"
    else:
        assert shops.tokens.access_token(shop, shops.clock) == "access-2"
    assert timedelta(seconds=SECONDS) < shops.now - began < timedelta(seconds=SECONDS + 1)
    pair = shops.pair(shop)
    assert pair is not None
    assert pair.expires_at == shops.now + timedelta(hours=1)


def test_a_living_lease_is_never_taken(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)

    def renewed(seconds: float) -> None:
        shops.clock.forward(seconds)
        with shops.database.transaction() as session:
            fence(session, shop, REFRESH, "busy", shops.now)

    with shops.database.transaction() as session:
        assert claim(session, shop, REFRESH, "busy", shops.now)
    shops.tokens._sleep = renewed
    with pytest.raises(TokensUnavailable):
        shops.tokens.access_token(shop, shops.clock)
    assert len(shops.server.calls) == 1


def test_while_another_worker_refreshes_a_token_with_some_life_left_is_used(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600 - 200)
    inner: list[str] = []
    shops.server.during = lambda: inner.append(shops.tokens.access_token(shop, shops.clock))
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"
    assert inner == ["access-1"]
    assert len(shops.server.calls) == 2


def test_after_a_lost_answer_the_same_refresh_token_is_tried_again(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    shops.server.answers = [requests.ConnectionError("lost")]
    with pytest.raises(TokensUnavailable):
        shops.tokens.access_token(shop, shops.clock)
    assert shops.tokens.access_token(shop, shops.clock) == "access-3"
    assert [call["refresh_token"] for call in shops.server.calls[1:]] == ["refresh-1", "refresh-1"]


@pytest.mark.parametrize("status", [429, 500, 503, 520])
def test_trouble_at_shopify_is_bridged_by_the_old_token_and_ends_nothing(shops: Slice, status: int) -> None:
    shop = shops.install()
    shops.clock.forward(3600 - 120)
    shops.server.answers = [response(status, "<html>", {"Retry-After": "2.0"})] * 2
    assert shops.tokens.access_token(shop, shops.clock) == "access-1"
    shops.clock.forward(120)
    with pytest.raises(TokensUnavailable) as caught:
        shops.tokens.access_token(shop, shops.clock)
    assert caught.value.retry_after == "2.0"
    assert shops.pair(shop) is not None


@pytest.mark.parametrize(
    "terminal",
    [
        response(401, INACTIVE),
        response(401, "<!DOCTYPE html><title>Unauthorized</title>", {"Content-Type": "text/html"}),
        refusal("invalid_grant", 400),
    ],
    ids=["json", "html", "invalid_grant"],
)
def test_a_dead_refresh_token_is_forgotten_and_the_shop_stays_installed(
    shops: Slice, terminal: requests.Response
) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    shops.server.answers = [terminal]
    for _ in range(2):
        with pytest.raises(NeedsReauth):
            shops.tokens.access_token(shop, shops.clock)
    assert len(shops.server.calls) == 2
    assert shops.pair(shop) is None
    assert shops.row().state == INSTALLED
    shops.install()
    assert shops.tokens.access_token(shop, shops.clock) == "access-3"


def test_wrong_credentials_of_ours_cost_no_shop_its_tokens(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    shops.server.answers = [refusal("invalid_client", 401)]
    with pytest.raises(GrantRefused):
        shops.tokens.access_token(shop, shops.clock)
    assert shops.pair(shop) is not None


def test_after_ninety_days_shopify_is_not_even_asked(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(timedelta(days=90).total_seconds())
    with pytest.raises(NeedsReauth):
        shops.tokens.access_token(shop, shops.clock)
    assert len(shops.server.calls) == 1


def test_an_answer_without_lifetimes_gets_the_usual_ones_and_a_log_line(
    shops: Slice, caplog: pytest.LogCaptureFixture
) -> None:
    pair = shops.server.pair(1)
    del pair["expires_in"], pair["refresh_token_expires_in"]
    shops.server.answers = [response(200, pair)]
    stored = shops.pair(shops.install())
    assert stored is not None
    assert stored.expires_at == shops.now + timedelta(hours=1)
    assert stored.refresh_expires_at == shops.now + timedelta(days=90)
    assert "left out expires_in" in caplog.text
    assert "left out refresh_token_expires_in" in caplog.text


def test_a_refused_token_is_replaced_by_one_refresh(shops: Slice) -> None:
    shop = shops.install()
    assert shops.tokens.replace(shop, "access-1", shops.clock) == "access-2"
    assert shops.tokens.replace(shop, "access-1", shops.clock) == "access-2"
    assert len(shops.server.calls) == 2


def test_a_pair_that_came_by_another_road_meanwhile_wins(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)

    def install_anew() -> None:
        with shops.database.transaction() as session:
            granted = Granted("anew", "anew-refresh", "", 3600, 7_776_000)
            shops.tokens.store(session, shop, granted, shops.now)

    shops.server.during = install_anew
    assert shops.tokens.access_token(shop, shops.clock) == "anew"
    assert shops.tokens.access_token(shop, shops.clock) == "anew"


def test_an_uninstall_during_a_refresh_leaves_no_token(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)

    def uninstall() -> None:
        with shops.database.transaction() as session:
            uninstalled(session, shop, shops.now)

    shops.server.during = uninstall
    with pytest.raises(NeedsReauth):
        shops.tokens.access_token(shop, shops.clock)
    assert shops.pair(shop) is None


def test_tokens_lie_sealed_under_their_shops_own_key(shops: Slice) -> None:
    a, b = shops.install(), shops.install(B)
    pair = shops.pair(a)
    assert pair is not None
    assert b"access-1" not in pair.access
    assert b"refresh-1" not in pair.refresh
    with shops.database.reading() as session, pytest.raises(Unreadable):
        shops.keys.open(session, b, pair.access, "access token")
    with shops.database.reading() as session, pytest.raises(Unreadable):
        shops.keys.open(session, a, pair.access, "refresh token")
