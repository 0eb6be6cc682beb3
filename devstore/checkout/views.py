"""What the pages show of the checkouts that a shop keeps."""

from typing import TYPE_CHECKING, Any

from devstore.checkout.payload import recovery_url
from devstore.checkout.record import Checkout
from devstore.money import to_text

if TYPE_CHECKING:
    from devstore.shop import Shop

View = dict[str, Any]


def checkout_view(shop: "Shop", found: Checkout) -> View:
    """A checkout in one row; ``url`` is where its recovery link leads here."""
    link = recovery_url(shop, found)
    return {
        "token": found.token,
        "name": found.name,
        "who": found.customer.name if found.customer else found.email or found.phone,
        "email": found.email,
        "phone": found.phone,
        "goods": [{"quantity": one.quantity, "title": one.product.title} for one in found.cart.goods],
        "total": to_text(found.total, found.quote.order.currency),
        "currency": found.quote.order.currency,
        "updated_at": found.updated_at.astimezone(shop.zone).strftime("%Y-%m-%d %H:%M"),
        "completed": found.completed_at is not None,
        "agreed": bool(found.customer and found.customer.consent("email")[0] == "SUBSCRIBED"),
        "mailed": found.email_state == "SENT",
        "recovery_url": link,
        "url": link.replace(f"https://{shop.domain}/", f"/{shop.domain}/", 1),
        "order_url": f"/store/{shop.short_name}/orders/{found.order_id}" if found.order_id else None,
    }


def newest_checkouts(shop: "Shop", most: int) -> list[View]:
    """Those changed last first."""
    known = sorted(shop.checkouts.all.values(), key=lambda one: (one.updated_at, one.id), reverse=True)
    return [checkout_view(shop, one) for one in known[:most]]
