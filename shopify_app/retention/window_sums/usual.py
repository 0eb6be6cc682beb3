"""Which windows pages ask for when nobody has chosen anything."""

from collections.abc import Iterator

from shopify_app.clock import LocalDay
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.chart import months_until
from shopify_app.retention.queries import last_day, monthly
from shopify_app.retention.window import Basis, Unit, Window, parse_window, previous
from shopify_app.retention.window_sums.queries import WindowSums

_WINDOWS = ("all", "30d", "365d")


def usual(today: LocalDay) -> Iterator[Window]:
    """The windows of Home and Numbers on a day, and those that they are compared with."""
    for name in _WINDOWS:
        window = parse_window(name, today)
        before = previous(window)
        yield from (window, before) if before else (window,)


def usual_sums(session: Session, shop: ShopId, today: LocalDay) -> list[dict[str, object]]:
    """What those windows and the chart's months sum to, as rows to keep."""
    sums = WindowSums(session, shop)
    for window in usual(today):
        sums(window, Basis.KEPT, Unit.ORDER)
    last = last_day(session, shop, Basis.KEPT, today)
    if last is not None:
        monthly(session, shop, Basis.KEPT, months_until(last), today, sums)
    return list(sums.to_keep(today))
