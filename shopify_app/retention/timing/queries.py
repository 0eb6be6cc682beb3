"""What customers bought on which day, by product."""

from collections.abc import Iterator

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.orders.model import OrderLine
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.timing.products import Bought
from shopify_app.retention.window import Basis
from shopify_app.shops.queries import get_shop

AT_ONCE = 20_000
"""Rows read into memory at a time."""


def bought_products(session: Session, shop: ShopId, basis: Basis, until: LocalDay) -> Iterator[Bought]:
    """Every line of every counted order up to a day, one customer after the other; costs a look at every order."""
    generation = get_shop(session, shop).generation
    own = Row.shop_id == shop, Row.generation == generation, Row.basis == basis.value
    line = and_(OrderLine.shop_id == Row.shop_id, OrderLine.order_id == Row.order_id, OrderLine.gift_card.is_(False))
    statement = (
        select(Row.buyer_id, Row.day, Row.nth_day, OrderLine.product_id)
        # An order whose lines name no product is a purchase, too.
        .outerjoin(OrderLine, line)
        .where(*own, Row.buyer_id > 0, Row.orders == 1, Row.day <= until)
        .order_by(Row.buyer_id)
        .execution_options(yield_per=AT_ONCE)
    )
    for some in session.execute(statement).partitions():
        yield from ((buyer, day, nth, product) for buyer, day, nth, product in some)


def product_titles(session: Session, shop: ShopId) -> dict[int, str]:
    """A title of each product: of those that its lines have, the last by the alphabet."""
    mine = OrderLine.shop_id == shop, OrderLine.product_id.is_not(None)
    statement = select(OrderLine.product_id, func.max(OrderLine.title)).where(*mine).group_by(OrderLine.product_id)
    return {product: title for product, title in session.execute(statement) if product is not None}
