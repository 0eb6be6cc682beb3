"""What a rule may ask about a customer, how, and what a sensible answer looks like. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.rfm.scoring import Group
from shopify_app.retention.window import parse_day

Kind = Literal[
    "count", "days", "percent", "money", "day", "product", "collection", "channel", "country", "group", "yes"
]
"""What is asked for; an amount is in major units of the shop's currency, a share in per cent."""

Value = int | Decimal | LocalDay | bool | str


class How(StrEnum):
    """How what is true of a customer is compared with what the rule says."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    SINCE = "since"
    UNTIL = "until"
    IS = "is"
    IS_NOT = "is_not"


_RANGE, _DAYS, _CHOICE, _ONLY = (
    (How.AT_LEAST, How.AT_MOST),
    (How.SINCE, How.UNTIL),
    (How.IS, How.IS_NOT),
    (How.IS,),
)
HOWS: Mapping[Kind, tuple[How, ...]] = {
    "count": _RANGE,
    "days": _RANGE,
    "percent": _RANGE,
    "money": _RANGE,
    "day": _DAYS,
    "product": _CHOICE,
    "collection": _CHOICE,
    "channel": _CHOICE,
    "country": _CHOICE,
    "group": _CHOICE,
    "yes": _ONLY,
}

FIELDS: Mapping[str, Kind] = {
    "orders": "count",
    "spend": "money",
    "average_order": "money",
    "last_order": "days",
    "first_order": "days",
    "first_order_day": "day",
    "late": "yes",
    "big_spender": "yes",
    "group": "group",
    "product": "product",
    "collection": "collection",
    "channel": "channel",
    "country": "country",
    "discounts": "percent",
    "email_consent": "yes",
    "sms_consent": "yes",
    "chance": "percent",
    "still_customer": "percent",
    "expected": "money",
}
"""Every field by name. One that is not here is not offered, and a rule that has it cannot be read."""

FORECASTS = frozenset({"chance", "still_customer", "expected"})
"""Told of customers of whom something can be expected; of others neither they nor their opposites are true."""

SEVERAL = frozenset({"product", "collection", "channel", "country"})
"""Of these a customer may have more than one: "is" one is no word about another."""

MOST_DAYS, MOST = 36_500, 10**9
_LONGEST = 64


def read_value(kind: Kind, text: str) -> Value:
    """What somebody typed or chose; Malformed with what to do instead."""
    return _READERS[kind](text.strip())


def _whole(most: int, refusal: str) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) > most:
            raise Malformed(refusal)
        return int(text)

    return read


def _money(text: str) -> Value:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,3})?", text, re.ASCII):
        raise Malformed("Write an amount such as 25 or 12.500.")
    return Decimal(text)


def _number(text: str) -> Value:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or not int(text):
        raise Malformed("Choose one of the list.")
    return int(text)


def _text(text: str) -> Value:
    if not text or len(text) > _LONGEST or not text.isprintable() or "|" in text:
        raise Malformed("Choose one of the list.")
    return text


def _country(text: str) -> Value:
    if not re.fullmatch("[A-Z]{2}", text):
        raise Malformed("Choose one of the list.")
    return text


def _group(text: str) -> Value:
    if text not in set(Group):
        raise Malformed("Choose one of the list.")
    return text


def _yes(text: str) -> Value:
    if text not in ("yes", "no"):
        raise Malformed("Choose yes or no.")
    return text == "yes"


_READERS: Mapping[Kind, Callable[[str], Value]] = {
    "count": _whole(MOST, "Write a whole number from 0 on, such as 3."),
    "days": _whole(MOST_DAYS, "Write a whole number of days from 0 on, such as 30."),
    "percent": _whole(100, "Write a whole number from 0 to 100."),
    "money": _money,
    "day": parse_day,
    "product": _number,
    "collection": _number,
    "channel": _text,
    "country": _country,
    "group": _group,
    "yes": _yes,
}


def value_text(value: Value) -> str:
    """As `read_value` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is true of a customer."""

    field: str
    how: How
    value: Value

    @property
    def kind(self) -> Kind:
        """What its value is."""
        return FIELDS[self.field]
