"""A rule as SQL over the customers that pages show; see docs/metrics.md for what each condition means."""

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.customers.consent import AGREED
from shopify_app.customers.model import Customer
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, holds
from shopify_app.errors import Malformed
from shopify_app.money import exponent
from shopify_app.orders.model import OrderLine
from shopify_app.products.model import CollectionProduct
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.forecasts.queries import in_its_currency
from shopify_app.retention.model import IS_KEPT, CountedOrder
from shopify_app.retention.people.listing.columns import Listed
from shopify_app.retention.people.listing.queries import FEW
from shopify_app.retention.people.model import CountedCustomer as Row
from shopify_app.retention.people.queries import IN_TURN, is_late, read_in_turn
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.rfm.queries import (
    Size,
    cuts_of,
    group_column,
    shown_customers,
    spends_most,
)
from shopify_app.retention.rfm.scoring import Cuts
from shopify_app.retention.window import parse_day
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.rule import Rule
from shopify_app.shops.queries import get_shop


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What a rule is about besides the customers: which shop, which of its rows, on which day."""

    session: Session
    shop: ShopId
    generation: int
    currency: str
    today: LocalDay
    cuts: Cuts

    @classmethod
    def of(cls, session: Session, shop: ShopId, now: Instant, cuts: Cuts | None = None) -> "Standpoint":
        """The shop as its pages show it now, with the cut points that are kept, or with these."""
        row = get_shop(session, shop)
        today = local_day(now, ZoneInfo(row.timezone))
        return cls(session, shop, row.generation, row.currency, today, cuts or cuts_of(session, shop))


def size_of(at: Standpoint, rule: Rule) -> Size:
    """How many customers the rule names, and what they bought."""
    people, net = at.session.execute(among_customers(at, rule, func.count(), func.coalesce(func.sum(Row.net), 0))).one()
    return Size(people, int(net))


def among_customers(at: Standpoint, rule: Rule, *columns: Any) -> Select[*tuple[Any, ...]]:
    """These columns of the customers whom the rule names."""
    theirs = and_(shown_customers(at.session, at.shop), IN_TURN)
    return select(*columns).select_from(Row).where(theirs, condition_of(at, rule))


def condition_of(at: Standpoint, rule: Rule) -> ColumnElement[bool]:
    """Whether a customer's row meets the rule."""
    parts = [condition_of(at, part) if isinstance(part, Rule) else _FIELDS[part.field](at, part) for part in rule.parts]
    return and_(*parts) if rule.match == "all" else or_(*parts)


_Build = Callable[[Standpoint, Condition], ColumnElement[bool]]


def _compared(asked: Condition, column: Any, value: Any) -> ColumnElement[bool]:
    at_least = asked.how in (How.AT_LEAST, How.SINCE)
    return cast("ColumnElement[bool]", column >= value if at_least else column <= value)


def _orders(_at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    return _compared(asked, Row.orders + Row.earlier, asked.value)


def _spend(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    minor, fineness = _minor(at, asked)
    return _compared(asked, read_in_turn(at.session, Row.net) * fineness, minor)


def _average(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    minor, fineness = _minor(at, asked)
    # By their number alone PostgreSQL would take the amount for as narrow as the column.
    return _compared(asked, Row.net * fineness, Row.orders * literal(minor, BigInteger))


def _minor(at: Standpoint, asked: Condition) -> tuple[int, int]:
    """An amount in minor units as a fraction: it may be finer than the currency."""
    return Fraction(cast("Decimal", asked.value) * 10 ** exponent(at.currency)).as_integer_ratio()


def _last_order(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    day, last = _days_ago(at, asked), read_in_turn(at.session, Row.last_day)
    return last <= day if asked.how is How.AT_LEAST else last >= day


def _first_order(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    return _first(at, _days_ago(at, asked), since=asked.how is How.AT_MOST)


def _first_order_day(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    return _first(at, cast("LocalDay", asked.value), since=asked.how is How.SINCE)


def _first(at: Standpoint, day: LocalDay, *, since: bool) -> ColumnElement[bool]:
    first = read_in_turn(at.session, Row.first_day)
    # Of whom orders are known to have come earlier, the first that is shown was not the first.
    return and_(first >= day, Row.earlier == 0) if since else or_(first <= day, Row.earlier > 0)


def _days_ago(at: Standpoint, asked: Condition) -> LocalDay:
    return LocalDay(at.today - timedelta(days=cast("int", asked.value)))


def _chosen(build: Callable[[Standpoint, Any], ColumnElement[bool]]) -> _Build:
    """Whether something is so or not: the answer "is not" is for everybody else."""

    def built(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
        found = build(at, asked.value)
        return ~found if asked.how is How.IS_NOT else found

    return built


def _discounts(_at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    return _compared(asked, Row.discounted * 100, Row.orders * asked.value)


def _late(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    late = is_late(at.session, at.cuts.late_after, at.today)
    return late if asked.value else ~late


def _big_spender(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    big = spends_most(at.session, at.cuts)
    return big if asked.value else ~big


def _channel(at: Standpoint, channel: str) -> ColumnElement[bool]:
    return holds(at.session, Row.channels, f"|{channel}|")


def _country(at: Standpoint, country: str) -> ColumnElement[bool]:
    return holds(at.session, Row.countries, f"|{country}|")


def _bought(at: Standpoint, product: int) -> ColumnElement[bool]:
    lines = select(OrderLine.order_id).where(OrderLine.shop_id == at.shop, OrderLine.product_id == product)
    return Row.customer_id.in_(_buyers(at).where(CountedOrder.order_id.in_(lines)))


def _bought_of(at: Standpoint, collection: int) -> ColumnElement[bool]:
    own = CollectionProduct.shop_id == at.shop, CollectionProduct.collection_id == collection
    products = select(CollectionProduct.product_id).where(*own)
    lines = select(OrderLine.order_id).where(OrderLine.shop_id == at.shop, OrderLine.product_id.in_(products))
    return Row.customer_id.in_(_buyers(at).where(CountedOrder.order_id.in_(lines)))


def _agreed(column: InstrumentedAttribute[str]) -> _Build:
    def build(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
        agreed = select(Customer.customer_id).where(Customer.shop_id == at.shop, column == AGREED)
        found = Row.customer_id.in_(agreed)
        return found if asked.value else ~found

    return build


def _buyers(at: Standpoint) -> Select[int]:
    """Who placed kept orders."""
    own = CountedOrder.shop_id == at.shop, CountedOrder.generation == at.generation
    return select(CountedOrder.buyer_id).where(*own, IS_KEPT)


def _group(at: Standpoint, group: str) -> ColumnElement[bool]:
    return group_column(at.session, at.cuts, at.today) == group


def _expected(column: InstrumentedAttribute[float]) -> _Build:
    """A chance in per cent; whoever has no forecast is not meant, whatever is asked."""

    def build(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
        return _foreseen(at, _compared(asked, column * 100.0, asked.value))

    return build


def _expected_value(at: Standpoint, asked: Condition) -> ColumnElement[bool]:
    minor, fineness = _minor(at, asked)
    return _foreseen(at, _compared(asked, CustomerForecast.value_12m * fineness, minor))


def _foreseen(at: Standpoint, wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    own = CustomerForecast.shop_id == at.shop, in_its_currency(at.session, at.shop)
    found = select(CustomerForecast.customer_id).where(*own, wanted)
    return Row.customer_id.in_(found)


_FIELDS: Mapping[str, _Build] = {
    "orders": _orders,
    "spend": _spend,
    "average_order": _average,
    "last_order": _last_order,
    "first_order": _first_order,
    "first_order_day": _first_order_day,
    "late": _late,
    "big_spender": _big_spender,
    "group": _chosen(_group),
    "product": _chosen(_bought),
    "collection": _chosen(_bought_of),
    "channel": _chosen(_channel),
    "country": _chosen(_country),
    "discounts": _discounts,
    "email_consent": _agreed(Customer.email_consent),
    "sms_consent": _agreed(Customer.sms_consent),
    "chance": _expected(CustomerForecast.chance_30),
    "still_customer": _expected(CustomerForecast.alive),
    "expected": _expected_value,
}


def members(at: Standpoint, rule: Rule, people: int, after: str | None, limit: int) -> tuple[list[Listed], str | None]:
    """A page of the people whom the rule names, who bought last first, and where the next page begins.

    `people` is how many there are in all: few are found and put in order, many are met soon along the order's index.
    """
    columns, walked = [getattr(Row, name) for name in CustomerRow._fields], people > FEW
    last = Row.last_day.expression if walked else read_in_turn(at.session, Row.last_day)
    found = among_customers(at, rule, *columns)
    if after is not None:
        found = found.where(tuple_(last, Row.customer_id) < _place(after))
    found = found.order_by(last.desc(), Row.customer_id.desc()).limit(limit + 1)
    with along_an_index(at.session) if walked else nullcontext():
        rows = [CustomerRow(*row) for row in at.session.execute(found)]
    told = [Listed(row, at.today, at.cuts.late_after) for row in rows[:limit]]
    end = rows[limit - 1] if len(rows) > limit else None
    return told, f"{end.last_day}_{end.customer_id}" if end else None


def _place(text: str) -> tuple[LocalDay, int]:
    day, _, customer = text.partition("_")
    if not re.fullmatch(r"\d{1,19}", customer, re.ASCII) or int(customer) >= _TOO_BIG:
        raise Malformed("This page of the list does not exist. Start again from the first page.")
    return parse_day(day), int(customer)


_TOO_BIG = 2**63
