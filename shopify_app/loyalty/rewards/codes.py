"""The code of a reward as Shopify is asked to make it. Pure."""

from typing import Any

from shopify_app.loyalty.programme.prize import AMOUNT, PERCENT, PRODUCT, SHIPPING
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.money import Minor, Money

_PERCENT = 100


def code_input(reward: Reward, customer: int) -> tuple[str, dict[str, Any]]:
    """The document that makes it, and its input: for one customer, one use, beside no other code on goods."""
    code = {
        "title": f"Wafa {reward.points} points {reward.code}",
        "code": reward.code,
        "startsAt": reward.asked_at.isoformat(),
        "endsAt": reward.ends_at.isoformat(),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"customers": {"add": [f"gid://shopify/Customer/{customer}"]}},
    }
    if reward.kind == SHIPPING:
        # Beside an amount off, an order would come with two codes, and Shopify finds it by the first alone.
        alone = dict.fromkeys(("orderDiscounts", "productDiscounts", "shippingDiscounts"), False)
        return "make_shipping_code", {**code, "destination": {"all": True}, "combinesWith": alone}
    beside = {"orderDiscounts": False, "productDiscounts": False, "shippingDiscounts": True}
    return "make_code", {**code, "customerGets": _gets(reward), **_minimum(reward), "combinesWith": beside}


def _gets(reward: Reward) -> dict[str, Any]:
    if reward.kind == PERCENT:
        return {"items": {"all": True}, "value": {"percentage": (reward.percent or 0) / _PERCENT}}
    # Once for the whole order, not for each piece: whoever buys ten of a product gets one of them free.
    value = {"discountAmount": {"amount": _amount(reward), "appliesOnEachItem": False}}
    if reward.kind == PRODUCT:
        products = [f"gid://shopify/Product/{reward.product_id}"]
        return {"items": {"products": {"productsToAdd": products}}, "value": value}
    return {"items": {"all": True}, "value": value}


def _minimum(reward: Reward) -> dict[str, Any]:
    """An amount is not for an order that costs less; of the others nothing is lost."""
    if reward.kind != AMOUNT:
        return {}
    return {"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": _amount(reward)}}}


def _amount(reward: Reward) -> str:
    return str(Money(Minor(reward.amount), reward.currency).decimal())
