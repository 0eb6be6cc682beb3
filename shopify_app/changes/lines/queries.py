"""Writing the lines of orders.

A product that was deleted since is not named any more: a line keeps the one as which it was bought, and has earned as
such, whichever word of its order named it and however the words come.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import select, update

from shopify_app.changes.state import State
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among, insert_many, upsert
from shopify_app.orders.facts import OrderFacts
from shopify_app.orders.model import OrderLine
from shopify_app.orders.queries import products_of

Products = Mapping[tuple[int, int], int]
"""Of lines, by order and line."""
_LINE = ("shop_id", "order_id", "line_id", "product_id", "title", "quantity", "gross", "discount", "gift_card")


def store_lines(session: Session, shop: ShopId, state: State, *, first: bool) -> None:
    """Write the lines of orders that were seen anew; of two of an order with one number the later.

    `first` says that none of the rows is there yet.
    """
    orders = state.lines.values()
    known = _known(session, shop, state, orders, first=first)
    rows = {
        (order.order_id, line.line_id): [
            shop,
            order.order_id,
            line.line_id,
            known.get((order.order_id, line.line_id)) if line.product_id is None else line.product_id,
            line.title,
            line.quantity,
            line.gross,
            line.discount,
            line.gift_card,
        ]
        for order in orders
        for line in order.lines
    }
    write = insert_many if first else upsert
    write(session, OrderLine, _LINE, list(rows.values()))


def _known(session: Session, shop: ShopId, state: State, orders: Collection[OrderFacts], *, first: bool) -> Products:
    nameless = {order.order_id for order in orders if any(line.product_id is None for line in order.lines)}
    stored = {} if first else products_of(session, shop, nameless)
    return stored | _flat(state.named)


def _flat(named: Mapping[int, Mapping[int, int]]) -> dict[tuple[int, int], int]:
    return {(order, line): product for order, mine in named.items() for line, product in mine.items()}


def named_late(session: Session, shop: ShopId, state: State) -> Products:
    """The products that an older word names of lines that are stored without one and were not seen anew."""
    late = _flat({order: mine for order, mine in state.named.items() if order not in state.lines})
    if not late:
        return {}
    model, orders = OrderLine, {order for order, _ in late}
    mine = model.shop_id == shop, among(session, model.order_id, orders), model.product_id.is_(None)
    nameless = session.execute(select(model.order_id, model.line_id).where(*mine)).tuples()
    return {(order, line): late[order, line] for order, line in nameless if (order, line) in late}


def name_lines(session: Session, shop: ShopId, named: Products) -> None:
    """Write them."""
    for (order, line), product in named.items():
        mine = OrderLine.shop_id == shop, OrderLine.order_id == order, OrderLine.line_id == line
        session.execute(update(OrderLine).where(*mine).values(product_id=product))
