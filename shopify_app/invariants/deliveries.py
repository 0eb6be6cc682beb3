"""Promises about the inbox: nothing acknowledged is lost, or forgotten on the way."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from shopify_app.invariants.search import DOMAIN, SHOP, Cost, moment, never
from shopify_app.shops.model import Shop, ShopKey
from webhooks.inbox import HANDLED, PARKED, TRANSITIONS, WAITING, Delivery
from webhooks.process import ATTEMPTS

_OURS = Delivery.shop_domain == DOMAIN
_NAMED = (Delivery.id.label("id"), Delivery.topic.label("topic"))
_OTHER = aliased(Shop)

DELIVERIES = (
    never(
        "a delivery waits, is handled or is parked",
        select(*_NAMED, Delivery.state.label("state")).where(_OURS, Delivery.state.not_in(TRANSITIONS)),
        "Delivery {id} ({topic}) is in the unknown state {state}.",
    ),
    never(
        "a handled delivery says when",
        select(*_NAMED).where(_OURS, Delivery.state == HANDLED, Delivery.handled_at.is_(None)),
        "Delivery {id} ({topic}) is handled, but not since when.",
    ),
    never(
        "what is not handled does not say so",
        select(*_NAMED, Delivery.state.label("state")).where(
            _OURS, Delivery.state.in_((WAITING, PARKED)), Delivery.handled_at.is_not(None)
        ),
        "Delivery {id} ({topic}) is {state}, but says when it was handled.",
        Cost.CHEAP,
    ),
    never(
        "no delivery waits for ever",
        select(*_NAMED, Delivery.attempts.label("attempts")).where(
            _OURS,
            Delivery.state == WAITING,
            or_(Delivery.due_at > moment("longest_pause"), Delivery.attempts >= ATTEMPTS),
        ),
        "Delivery {id} ({topic}) waits after {attempts} attempts, longer than any pause between two.",
        Cost.CHEAP,
    ),
    never(
        "a parked delivery says why",
        select(*_NAMED).where(_OURS, Delivery.state == PARKED, Delivery.error == ""),
        "Delivery {id} ({topic}) is parked without a reason.",
        Cost.CHEAP,
    ),
    never(
        "a webhook id is kept once",
        select(func.min(Delivery.id).label("id"), func.count().label("times"))
        .where(_OURS)
        .group_by(Delivery.webhook_id)
        .having(func.count() > 1),
        "Delivery {id} is kept {times} times.",
    ),
    never(
        "every body can be opened with its shop's key",
        select(*_NAMED).where(
            _OURS,
            Delivery.key_shop == SHOP,
            ~select(ShopKey.shop_id).where(ShopKey.shop_id == Delivery.key_shop).exists(),
        ),
        "Delivery {id} ({topic}) is sealed under a key that is gone.",
    ),
    never(
        "no body is sealed under another shop's key",
        select(*_NAMED, Delivery.key_shop.label("other"))
        .join(_OTHER, and_(_OTHER.id == Delivery.key_shop, _OTHER.id != SHOP))
        .where(_OURS),
        "Delivery {id} ({topic}) is sealed under the key of shop {other}.",
    ),
)
