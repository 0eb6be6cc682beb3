"""A grant that takes longer than its lease: the pair of whoever asked last is the one that is kept."""

from collections.abc import Callable

import pytest

from shopify_app.db.lease import REFRESH, SECONDS, claim, release
from shopify_app.shops.token_exchange import Granted, TokensUnavailable
from shopify_app.shops.tokens import NeedsReauth
from tests.shops.conftest import A, Slice
from tests.shops.token_server import refusal

THEIRS = Granted("theirs", "theirs-refresh", "", 3600, 7_776_000)


def overtake(shops: Slice) -> None:
    """While Shopify answers us, our lease runs out and another worker takes it and asks."""
    shops.server.during = lambda: None
    shops.clock.forward(SECONDS + 1)
    with shops.database.transaction() as session:
        assert claim(session, shops.row().id, REFRESH, "another", shops.now)


def other_ends(shops: Slice, granted: Granted | None = THEIRS) -> Callable[[float], None]:
    """The other worker's answer arrives while we wait."""

    def pause(_seconds: float) -> None:
        with shops.database.transaction() as session:
            shop = shops.row().id
            if granted:
                shops.tokens.store(session, shop, granted, shops.now)
            release(session, shop, REFRESH, "another")

    return pause


def overtaken_by(shops: Slice, granted: Granted | None) -> None:
    shops.server.during = lambda: overtake(shops)
    shops.tokens._sleep = shops.installs._sleep = other_ends(shops, granted)


def test_the_refresh_that_was_asked_for_last_is_kept(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    overtaken_by(shops, THEIRS)
    assert shops.tokens.access_token(shop, shops.clock) == "theirs"
    assert len(shops.server.calls) == 2
    shops.clock.forward(3600)
    shops.tokens.access_token(shop, shops.clock)
    assert shops.server.calls[-1]["refresh_token"] == "theirs-refresh"


def test_a_late_word_that_the_refresh_token_is_dead_ends_nothing(shops: Slice) -> None:
    """It is dead because the other worker's refresh has replaced it."""
    shop = shops.install()
    shops.clock.forward(3600)
    shops.server.answers = [refusal("invalid_request", 401)]
    overtaken_by(shops, THEIRS)
    assert shops.tokens.access_token(shop, shops.clock) == "theirs"


def test_when_the_other_gets_nothing_we_ask_again(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    overtaken_by(shops, None)
    assert shops.tokens.access_token(shop, shops.clock) == "access-3"
    assert [call.get("refresh_token") for call in shops.server.calls[1:]] == ["refresh-1", "refresh-1"]


def test_with_some_life_left_nobody_waits_for_the_other(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600 - 120)
    shops.server.during = lambda: overtake(shops)
    assert shops.tokens.access_token(shop, shops.clock) == "access-1"


def test_a_dead_token_is_dropped_by_whoever_still_has_the_lease(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(3600)
    shops.server.answers = [refusal("invalid_request", 401)]
    with pytest.raises(NeedsReauth):
        shops.tokens.access_token(shop, shops.clock)
    assert shops.pair(shop) is None


@pytest.mark.parametrize("by_code", [False, True])
def test_the_installation_that_was_asked_for_last_is_kept(shops: Slice, by_code: bool) -> None:
    shop = shops.install()
    if not by_code:
        with shops.database.transaction() as session:
            shops.tokens.forget(session, shop)
    overtaken_by(shops, THEIRS)
    if by_code:
        shops.installs.by_code(A, lambda: shops.endpoint.redeem(A, "a code"), shops.clock)
    else:
        shops.install()
    assert shops.tokens.access_token(shop, shops.clock) == "theirs"
    assert len(shops.server.calls) == 2


def test_an_installation_that_is_overtaken_for_ever_says_so(shops: Slice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopify_app.shops.install.PATIENCE", 5)
    shop = shops.install()
    with shops.database.transaction() as session:
        shops.tokens.forget(session, shop)
    shops.server.during = lambda: overtake(shops)
    with pytest.raises(TokensUnavailable):
        shops.install()
    assert shops.pair(shop) is None
