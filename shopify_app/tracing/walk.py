"""The walk itself: from the door to the figures, station by station."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shopify_app.changes.apply import prepare, store
from shopify_app.changes.fold import fold
from shopify_app.changes.queries import store_bookings
from shopify_app.changes.recount import recount
from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.group_commit import GroupCommit
from shopify_app.db.lease import fence, held
from shopify_app.embedded.guard import guard
from shopify_app.jobs.import_orders import ImportOrders
from shopify_app.jobs.settle_orders import SettleOrders
from shopify_app.money import Minor, Money
from shopify_app.orders.bulk_payload import read_orders
from shopify_app.orders.facts import ASKED
from shopify_app.orders.model import OrderVersion
from shopify_app.orders.payload import read_order, read_refund
from shopify_app.orders.queries import OrderRecord, order_record
from shopify_app.retention import panel
from shopify_app.retention.asking import read_asked
from shopify_app.retention.counting import bookings, left_out_because
from shopify_app.retention.measure import Figure, measure
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.presenting import card
from shopify_app.retention.queries import Behind, orders_behind, totals
from shopify_app.retention.registry import METRICS, Metric
from shopify_app.retention.story import countable
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop, touch
from shopify_app.table import decimal_text
from shopify_app.tracing.deliveries import Looked, Told, fact_text, moment
from shopify_app.tracing.places import Station, place, places
from shopify_app.tracing.points import gave_points
from shopify_app.tracing.queries import refetch_of, rows_of
from webhooks.door import Door
from webhooks.inbox import Inbox, mark
from webhooks.process import Drain
from webhooks.signature import is_authentic
from webhooks.storms import newest

KEPT_DAYS = "Handled deliveries go after 7 days, parked ones after 30."


def stations(database: Database, shop: ShopId, order_id: int, looked: Looked, now: Instant) -> list[Station]:
    """The walk of a stored order; `looked` is what the kept deliveries say of it."""
    with database.reading() as session:
        row, record = get_shop(session, shop), order_record(session, shop, order_id)
        rows = rows_of(session, shop, order_id)
        return [
            _arrived(looked),
            *([_taken_up(looked)] if looked.about else []),
            _read(looked, record),
            _became_facts(session, row, record, looked.about),
            _booked(row, record, rows),
            *gave_points(session, shop, record),
            _stored(row),
            _counted(session, row, record, rows, now),
        ]


def arrived_only(looked: Looked) -> list[Station]:
    """The walk of an order that has come no further than the inbox."""
    return [_arrived(looked), _taken_up(looked)]


def _arrived(looked: Looked) -> Station:
    lines = [
        f"{one.topic:18} triggered {moment(one.triggered_at)}  received {moment(one.received_at)}  {one.webhook_id}"
        for one in looked.about
    ]
    if looked.shut:
        lines.append(f"{looked.shut} other deliveries cannot be read: emptied for a person's sake, or broken.")
    if not looked.about:
        lines.append(f"No delivery about it is kept ({looked.opened} were opened). {KEPT_DAYS}")
    return Station("It arrived at the door", places(Door, is_authentic, GroupCommit.submit, Inbox.keep), lines)


def _taken_up(looked: Looked) -> Station:
    lines = [f"{one.webhook_id}: {_state(one)}" for one in looked.about]
    return Station("The drain took it up", places(Drain.round, held, newest), lines)


def _state(one: Told) -> str:
    if one.handled_at is not None:
        return f"handled {moment(one.handled_at)}"
    return f"{one.state} after {one.attempts} attempts {one.error}".rstrip()


def _read(looked: Looked, record: OrderRecord) -> Station:
    lines = [f"{one.topic}: {fact_text(fact)}" for one in looked.about for fact in one.facts]
    readers = [one.reader for one in looked.about]
    readers += [place(read_order)] if any("order" in one.topic for one in looked.about) else []
    readers += [place(read_refund)] if any("refund" in one.topic for one in looked.about) else []
    if record.order.source == ASKED:
        readers += places(ImportOrders, read_orders, SettleOrders)
        asked = moment(record.order.known_at)
        lines.append(f"It stands as Shopify told it when it was asked at {asked}: by an import, or for this order.")
    return Station("It was read as facts", list(dict.fromkeys(readers)), lines)


def _became_facts(session: Session, shop: Shop, record: OrderRecord, told: Sequence[Told]) -> Station:
    lines = [_version_text(version, record.order.currency, told) for version in record.versions]
    currency = record.order.currency
    lines += [
        f"edit {one.edit_id}: {_amount(one.added, currency)} added, {_amount(one.removed, currency)} taken off"
        for one in record.edits
    ]
    lines += [f"refund {one.refund_id}: {_amount(one.net, currency)}" for one in record.refunds]
    plan = refetch_of(session, ShopId(shop.id), record.order.order_id)
    if plan is not None:
        lines.append(f"Shopify will be asked for it again ({plan.reason}), planned {moment(plan.asked_at)}.")
    return Station("Facts were folded into its state", places(prepare, fold), lines)


def _version_text(version: OrderVersion, currency: str, told: Iterable[Told]) -> str:
    # Effects and "handled" marks commit together, under one moment.
    by = [one.topic for one in told if one.handled_at == version.known_at]
    value = _amount(version.gross - version.discounts, currency)
    marks = [version.financial_status]
    marks += ["cancelled"] if version.cancelled_at else []
    marks += ["deleted"] if version.deleted_at else []
    marks += ["given up"] if version.given_up_at else []
    whose = "no customer" if version.customer_id is None else f"customer {version.customer_id}"
    taken = version.refunded + version.removed
    back = f", {_amount(taken, currency)} back" if taken else ""
    said = f"version {version.number}, known {moment(version.known_at)}: {value}{back}, {' '.join(marks)}, {whose}"
    return f"{said}; by {', '.join(by)}" if by else said


def _booked(shop: Shop, record: OrderRecord, rows: Sequence[CountedOrder]) -> Station:
    lines = [_row_text(row, shop) for row in rows]
    for basis in Basis:
        reason = left_out_because(countable(record, shop.currency), basis)
        lines += [f"{basis.value}: not counted. {reason}"] if reason else []
    if shop.behind:
        lines.append("An import has stored facts that are counted when it halts: rows may be older than the state.")
    code = places(recount, bookings)
    return Station(f"It was counted in {shop.currency}, by days of {shop.timezone}", code, lines)


def _row_text(row: CountedOrder, shop: Shop) -> str:
    what = f"order {row.nth} of its buyer, on the buyer's day {row.nth_day}" if row.orders else "a later change's day"
    shown = {shop.generation: "shown", shop.building: "being built"}.get(row.generation, "left over")
    net = _amount(row.net, shop.currency)
    return f"{row.basis:8} {row.day}: {what}, net {net} (generation {row.generation}, {shown})"


def _stored(shop: Shop) -> Station:
    lines = [f"The facts have version {shop.facts_version}: an open page that has an earlier one fetches anew."]
    return Station("All that was stored in one transaction", places(fence, store, store_bookings, touch, mark), lines)


@dataclass(frozen=True, slots=True)
class _Look:
    """All figures of one basis, all time."""

    basis: Basis
    window: Window
    figures: dict[str, Figure]
    day: LocalDay | None
    """The day that the order itself is booked on; None where it does not count."""


def _counted(session: Session, shop: Shop, record: OrderRecord, rows: Sequence[CountedOrder], now: Instant) -> Station:
    window = Window("all", None, local_day(now, ZoneInfo(shop.timezone)))
    days = {row.basis: LocalDay(row.day) for row in rows if row.orders and row.generation == shop.generation}
    lines = [f"{'basis':8} {'figure':30} {'value':>16}  on its list"]
    for basis in Basis:
        figures = measure(session, ShopId(shop.id), window, basis, Unit.ORDER)
        look = _Look(basis, window, figures, days.get(basis.value))
        lines += [_figure_text(session, shop, record, look, METRICS[name]) for name in figures]
    lines += [
        "On its list: whether the page of the figure lists this order. Of a share it lists what is counted on top:",
        "the whole that it is a share of may count this order, or its customer, all the same.",
    ]
    code = places(guard, panel.numbers, read_asked, measure, totals, Metric.figure, card)
    return Station(f"It is behind these figures, all time up to {window.end}", code, lines)


def _figure_text(session: Session, shop: Shop, record: OrderRecord, look: _Look, metric: Metric) -> str:
    figure = look.figures[metric.name]
    behind = Behind(look.basis, look.window, Unit.ORDER, metric.drill)
    counts = look.day is not None and _is_behind(session, ShopId(shop.id), record.order.order_id, look.day, behind)
    value = decimal_text(figure.value) or "not defined"
    return f"{look.basis.value:8} {metric.name:30} {value:>16}  {'yes' if counts else 'no'}"


def _is_behind(session: Session, shop: ShopId, order_id: int, day: LocalDay, behind: Behind) -> bool:
    # Asked as the page's own list asks, one row on from the place where the order must be.
    rows, _ = orders_behind(session, shop, behind, f"{day.isoformat()}_{order_id + 1}", 1)
    return bool(rows) and (rows[0].order_id, rows[0].day) == (order_id, day)


def _amount(minor: int, currency: str) -> str:
    return f"{Money(Minor(minor), currency).decimal()} {currency}"
