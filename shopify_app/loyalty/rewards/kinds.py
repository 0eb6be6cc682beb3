"""The code of a reward in Shopify: how it is made, and how to find out whether it is there."""

from collections.abc import Mapping
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Rejected, Unavailable
from shopify_app.admin_api.pacing import Pace
from shopify_app.db.base import Database, ShopId
from shopify_app.loyalty.rewards.asking import works
from shopify_app.loyalty.rewards.codes import code_input
from shopify_app.loyalty.rewards.credit import credit_kinds
from shopify_app.loyalty.rewards.model import DELETE_CODE, MAKE_CODE, STOP_CODE
from shopify_app.loyalty.rewards.queries import holder_of, reward_of
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.intents.kind import Found, IntentView, Kind, NotThere, NotWanted, Seen

_TAKEN = "TAKEN"


def reward_kinds(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """The kinds of intent that rewards need."""

    def send(intent: IntentView) -> Mapping[str, Any]:
        with database.reading() as session:
            reward = reward_of(session, intent.shop, intent.key)
            customer = holder_of(session, intent.shop, intent.key)
            currency = get_shop(session, intent.shop).told_currency
        # Shopify takes an amount for one in the shop's currency, whatever was meant.
        if customer is None or reward.currency != currency:
            raise NotWanted
        try:
            document, code = code_input(reward, customer)
            data = whole(admin.run(intent.shop, document, pace=Pace.EFFECT, code=code))
            (made,) = data.values()
            return {"id": made["codeDiscountNode"]["id"]}
        except Rejected as refused:
            if refused.codes != {_TAKEN}:
                raise
        # Nobody else makes such a code: a call before this one did, of which we never heard.
        found = _found(admin, intent.shop, reward.code)
        if found is None:
            raise Unavailable("a code is taken and cannot be found")
        return found

    def look(intent: IntentView) -> Seen:
        with database.reading() as session:
            reward = reward_of(session, intent.shop, intent.key)
        found = _found(admin, intent.shop, reward.code)
        return NotThere() if found is None else Found(found)

    return {MAKE_CODE: Kind(send, look), **_ending_kinds(database, admin), **credit_kinds(database, admin)}


def _found(admin: AdminApi, shop: ShopId, code: str) -> dict[str, Any] | None:
    found = whole(admin.run(shop, "find_code", pace=Pace.EFFECT, code=code))["codeDiscountNodeByCode"]
    return None if found is None else {"id": found["id"]}


def _discount(database: Database, admin: AdminApi, intent: IntentView) -> str | None:
    """Shopify's id of the code; None where it has no such code."""
    with database.reading() as session:
        reward = reward_of(session, intent.shop, str(intent.arguments["reward"]))
    # An order may have come with it before we heard that it was made.
    found = {"id": reward.discount_id} if reward.discount_id else _found(admin, intent.shop, reward.code)
    return found["id"] if found else None


def _ending_kinds(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """Switching codes off, and deleting them."""

    def state(intent: IntentView) -> bool | None:
        which = _discount(database, admin, intent)
        return None if which is None else works(admin, intent.shop, which)

    def run(document: str, intent: IntentView) -> Mapping[str, Any]:
        which = _discount(database, admin, intent)
        if which is None:
            return {}
        try:
            whole(admin.run(intent.shop, document, pace=Pace.EFFECT, id=which))
        except Rejected:
            # The merchant has deleted it: there is nothing to be done any more.
            if state(intent) is not None:
                raise
        return {}

    def is_stopped(intent: IntentView) -> Seen:
        return NotThere() if state(intent) else Found()

    def is_deleted(intent: IntentView) -> Seen:
        return Found() if state(intent) is None else NotThere()

    return {
        STOP_CODE: Kind(lambda intent: run("stop_code", intent), is_stopped),
        DELETE_CODE: Kind(lambda intent: run("delete_code", intent), is_deleted),
    }
