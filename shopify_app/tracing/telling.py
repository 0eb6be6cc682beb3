"""Finding an order by whatever it is called, and telling its walk as text."""

from collections.abc import Iterator
from dataclasses import dataclass

from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.orders.queries import order_record
from shopify_app.retention.progress import IMPORT
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.tasks.queries import latest
from shopify_app.tracing.deliveries import Looked, Reader, Seen, Wanted
from shopify_app.tracing.places import Station
from shopify_app.tracing.queries import order_numbers
from shopify_app.tracing.walk import arrived_only, stations
from webhooks.inbox import Inbox

BIGGEST_ID = 2**63
"""No id of Shopify's is this big, and no database column."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What could be told of an order."""

    title: str
    known: bool
    stations: list[Station]
    advice: list[str]

    def lines(self) -> Iterator[str]:
        """As text: a numbered list of stations, each with its code and what is known of it."""
        yield self.title
        for number, station in enumerate(self.stations, start=1):
            yield ""
            yield f"{number}. {station.title}"
            yield from (f"     {place}" for place in station.places)
            yield from (f"   {line}" for line in station.lines)
        if self.advice:
            yield ""
        yield from self.advice


def trace(database: Database, inbox: Inbox, keys: ShopKeys, shop: Shop, text: str, now: Instant, seen: Seen) -> Walk:
    """The walk of the order with this id or name (`1001`, `#1001`); `seen` hears how far the search is."""
    names = {text, text.removeprefix("#"), f"#{text.removeprefix('#')}"}
    digits = text.removeprefix("#")
    number = int(digits) if digits.isascii() and digits.isdigit() and int(digits) < BIGGEST_ID else None
    with database.reading() as session:
        found = order_numbers(session, ShopId(shop.id), number, names)
    reader = Reader(database, inbox, keys, shop, now)
    if not found:
        return _unknown(database, shop, text, reader, Wanted(number, names), seen)
    with database.reading() as session:
        record = order_record(session, ShopId(shop.id), found[0])
    customers = {version.customer_id for version in record.versions if version.customer_id is not None}
    looked = reader.about(Wanted(found[0], customers=customers), seen)
    advice = [f"{len(found)} orders are called {text}: {', '.join(map(str, found))}. Name one by its id."]
    return Walk(
        title=f"Order {found[0]} ({record.order.name}) of {shop.domain}",
        known=True,
        stations=stations(database, ShopId(shop.id), found[0], looked, now),
        advice=advice if len(found) > 1 else [],
    )


def _unknown(database: Database, shop: Shop, text: str, reader: Reader, wanted: Wanted, seen: Seen) -> Walk:
    # A number may be an id or stand in a name, and here nothing tells which.
    looked = reader.about(wanted, seen)
    return Walk(
        title=f"No order {text} of {shop.domain} is stored.",
        known=False,
        stations=arrived_only(looked) if looked.about else [],
        advice=_advice(database, shop, looked),
    )


def _advice(database: Database, shop: Shop, looked: Looked) -> list[str]:
    states = {one.state for one in looked.about}
    if "parked" in states:
        return [
            "A delivery about it is parked. Why: flask --app shopify_app.app parked; once that is mended: ... replay."
        ]
    if "waiting" in states:
        return ["A delivery about it waits. Is the server running? It takes up what waits every five seconds."]
    with database.reading() as session:
        task = latest(session, ShopId(shop.id), IMPORT)
    if task is None or task.active:
        return ["The shop's history has not been read to its end: look again when the import is done."]
    said = f"The import is {task.state}, and none of {looked.opened} kept deliveries is about it."
    return [
        f"{said} Is the number right, and the shop? Without the permission read_all_orders Shopify shows",
        "only the orders of the last 60 days; of older ones only what webhooks tell.",
    ]
