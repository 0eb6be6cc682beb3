"""The other rewards of a programme, as they are stored, typed and kept."""

import pytest
from msgspec import json
from msgspec.structs import replace

from shopify_app.loyalty.programme.form import BadProgramme
from shopify_app.loyalty.programme.prize import FIRST, Prize
from shopify_app.loyalty.programme.prizes import carried, prize_of, prizes_of, read_prize
from shopify_app.loyalty.programme.rule import Rule, Version
from tests.loyalty.test_settled import START, TEN_A_DOLLAR

SHARE = Prize("a", "percent", 300, 20)
OUD = Prize("b", "product", 400, 2000, 7, "Oud")


def test_a_version_of_before_there_were_others_is_read_as_it_was():
    stored = b'{"currency":"USD","points":10,"per":100,"wait_days":14,"reward_points":500,"reward":150}'
    assert json.decode(stored, type=Rule) == TEN_A_DOLLAR
    both = replace(TEN_A_DOLLAR, others=(SHARE, OUD))
    assert json.decode(json.encode(both), type=Rule) == both


def test_the_first_reward_says_what_a_point_is_worth():
    rule = replace(TEN_A_DOLLAR, others=(SHARE,))
    assert prizes_of(rule) == (Prize(FIRST, "amount", 500, 150), SHARE)
    assert prize_of(rule, "a") == SHARE
    assert prize_of(rule, "b") is None
    assert rule.cost == TEN_A_DOLLAR.cost


def test_another_programme_keeps_the_other_rewards_but_no_amounts_of_another_currency():
    held = [Version(1, START, replace(TEN_A_DOLLAR, others=(SHARE, OUD)))]
    assert carried(held, replace(TEN_A_DOLLAR, points=7)).others == (SHARE, OUD)
    assert carried(held, replace(TEN_A_DOLLAR, currency="EUR")).others == (SHARE,)
    assert carried([], TEN_A_DOLLAR) == TEN_A_DOLLAR


def test_a_reward_is_read_with_the_decimals_of_the_currency():
    typed = {"kind": "amount", "points": "300", "value": "1.250"}
    assert read_prize(typed, "x", "KWD", {}).value == 1250
    with pytest.raises(BadProgramme) as refused:
        read_prize(typed, "x", "JPY", {})
    assert set(refused.value.problems) == {"value"}


def test_every_field_that_is_wrong_is_named():
    with pytest.raises(BadProgramme) as refused:
        read_prize({"kind": "product", "points": "", "value": "-1", "product": "9"}, "x", "USD", {7: "Oud"})
    assert set(refused.value.problems) == {"points", "value", "product"}
