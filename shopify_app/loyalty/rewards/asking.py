"""Asking Shopify what became of a code: whether it works, how often it was counted, and in which order it stands."""

from dataclasses import dataclass

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.pacing import Pace
from shopify_app.db.base import ShopId
from shopify_app.loyalty.rewards.model import Reward

_ENDED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Uses:
    """What Shopify says of a code."""

    works: bool
    """Whether the checkout takes it; not where it is not there any more."""
    count: int
    """How often it was used, as far as Shopify has counted."""
    order_id: int | None
    """An order with it."""


def uses_of(admin: AdminApi, shop: ShopId, reward: Reward, customer: int | None) -> Uses:
    """What Shopify says of a reward's code; `customer` is whose it is, None for whoever was forgotten."""
    wanted = f"discount_code:{reward.code}"
    if customer is not None:
        # Of several codes in an order Shopify's search knows the first.
        wanted = f"{wanted} OR (customer_id:{customer} AND created_at:>='{reward.asked_at.isoformat()}')"
    answer = whole(admin.run(shop, "code_uses", pace=Pace.EFFECT, id=reward.discount_id, query=wanted))
    with_it = [one["id"] for one in answer["orders"]["nodes"] if _is_among(reward.code, one["discountCodes"])]
    code = (answer["codeDiscountNode"] or {}).get("codeDiscount") or {}
    order_id = int(with_it[-1].rpartition("/")[2]) if with_it else None
    return Uses(code.get("status", _ENDED) != _ENDED, code.get("asyncUsageCount", 0), order_id)


def works(admin: AdminApi, shop: ShopId, discount_id: str) -> bool | None:
    """Whether the checkout takes a code; None where Shopify has none of this id."""
    found = whole(admin.run(shop, "code_status", pace=Pace.EFFECT, id=discount_id))["codeDiscountNode"]
    return None if found is None else found["codeDiscount"].get("status", _ENDED) != _ENDED


def _is_among(code: str, codes: list[str]) -> bool:
    return code in {one.strip().upper() for one in codes}
