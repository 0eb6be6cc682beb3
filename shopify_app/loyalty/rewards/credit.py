"""The store credit of a reward in Shopify: how it is paid and taken out again, and how to find out whether it was."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Rejected
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import SKEW, Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.loyalty.rewards.model import PAY_CREDIT, TAKE_CREDIT, Reward
from shopify_app.loyalty.rewards.queries import credits_beside, holder_of, reward_of
from shopify_app.loyalty.rewards.statement import Statement, is_paid, is_taken, statement_of
from shopify_app.money import Minor, Money, parse_minor
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.intents.kind import Found, IntentView, Kind, NotWanted, NotYet, Seen
from shopify_app.tasks.intents.model import DONE, SENT, UNKNOWN
from shopify_app.tasks.intents.queries import intents_of

_BUSY_WAIT = 5.0
WHY: Mapping[str, str] = {
    "OWNER_NOT_FOUND": "Shopify does not know this customer any more.",
    "CREDIT_LIMIT_EXCEEDED": "The customer would have more store credit than Shopify allows.",
    "UNSUPPORTED_CURRENCY": "Shopify keeps no store credit in this currency.",
    "MISMATCHING_CURRENCY": "Shopify keeps no store credit in this currency.",
    "INSUFFICIENT_FUNDS": "Some of it has been spent.",
    "ACCOUNT_NOT_FOUND": "Some of it has been spent.",
}
"""What Shopify's codes mean, in words."""
_GIVEN_UP = "The programme is in a currency that your shop has given up. Change the programme first."


class _Refused(Rejected):
    """Shopify said no, or would: with a reason that can be shown."""

    def __init__(self, error: Mapping[str, Any], message: str) -> None:
        super().__init__([error])
        self.message = message


class _Told(NamedTuple):
    """A reward and whose it is; nobody's where they were forgotten."""

    reward: Reward
    customer: int | None
    currency: str
    """Of the shop."""


def credit_kinds(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """The kinds of intent that store credit needs."""
    made = _Credits(database, admin)
    return {PAY_CREDIT: Kind(made.pay, made.look_paid), TAKE_CREDIT: Kind(made.take, made.look_taken)}


class _Credits:
    """Each effect and its look."""

    def __init__(self, database: Database, admin: AdminApi) -> None:
        self._database, self._admin = database, admin

    def pay(self, intent: IntentView) -> Mapping[str, Any]:
        told = self._told(intent)
        if told.customer is None:
            raise NotWanted
        if told.reward.currency != told.currency:
            raise _Refused({"code": "MISMATCHING_CURRENCY"}, _GIVEN_UP)
        credit = {"creditAmount": _money(told.reward), "expiresAt": told.reward.ends_at.isoformat()}
        return self._moved(intent.shop, "pay_credit", told.customer, credit=credit)

    def look_paid(self, intent: IntentView) -> Seen:
        told = self._told(intent)
        if told.customer is None:
            # Who was forgotten has no points to be given back: whether it was paid is of no matter any more.
            return Found()
        with self._database.reading() as session:
            others = credits_beside(session, intent.shop, told.reward)
            done = intents_of(session, intent.shop, PAY_CREDIT, {DONE})
        theirs = {str((one.outcome or {}).get("id")) for one in done}
        return is_paid(self._statement(intent, told), told.reward, others, theirs)

    def take(self, intent: IntentView) -> Mapping[str, Any]:
        told = self._told(intent)
        if told.customer is None:
            raise NotWanted
        if self._is_busy(intent, told.customer):
            raise NotYet(_BUSY_WAIT)
        if self._left(intent.shop, told.reward) < told.reward.amount:
            raise _Refused({"code": "INSUFFICIENT_FUNDS"}, WHY["INSUFFICIENT_FUNDS"])
        return self._moved(intent.shop, "take_credit", told.customer, debit={"debitAmount": _money(told.reward)})

    def look_taken(self, intent: IntentView) -> Seen:
        told = self._told(intent)
        if told.customer is None:
            return Found()
        with self._database.reading() as session:
            done = intents_of(session, intent.shop, TAKE_CREDIT, {DONE})
        others = {str((one.outcome or {}).get("id")) for one in done}
        return is_taken(self._statement(intent, told), told.reward, others)

    def _told(self, intent: IntentView) -> _Told:
        with self._database.reading() as session:
            reward = reward_of(session, intent.shop, str(intent.arguments["reward"]))
            customer = holder_of(session, intent.shop, reward.reward_id)
            return _Told(reward, customer, get_shop(session, intent.shop).told_currency)

    def _statement(self, intent: IntentView, told: _Told) -> Statement:
        # From when it was wanted on: whatever an earlier call of it did, however late, is found as well.
        since = Instant(intent.created_at - SKEW)
        return statement_of(self._admin, intent.shop, told.customer or 0, told.reward.currency, since)

    def _is_busy(self, intent: IntentView, customer: int) -> bool:
        """Whether something else is being taken from this customer: two of one amount could not be told apart."""
        with self._database.reading() as session:
            open_ones = intents_of(session, intent.shop, TAKE_CREDIT, {SENT, UNKNOWN})
            others = [str(one.arguments["reward"]) for one in open_ones if one.key != intent.key]
            return any(holder_of(session, intent.shop, reward) == customer for reward in others)

    def _left(self, shop: ShopId, reward: Reward) -> int:
        """What nobody has spent of it; also where other credit would do, it stays with who has it."""
        found = whole(self._admin.run(shop, "credit_left", pace=Pace.EFFECT, id=reward.discount_id))["node"]
        return parse_minor(found["remainingAmount"]["amount"], reward.currency) if found else 0

    def _moved(self, shop: ShopId, document: str, customer: int, **asked: Any) -> Mapping[str, Any]:
        try:
            who = f"gid://shopify/Customer/{customer}"
            (made,) = whole(self._admin.run(shop, document, pace=Pace.EFFECT, id=who, **asked)).values()
        except Rejected as refused:
            why = next((WHY[code] for code in sorted(refused.codes) if code in WHY), None)
            if why is None:
                raise
            raise _Refused(refused.errors[0], why) from refused
        return {"id": made["storeCreditAccountTransaction"]["id"]}


def _money(reward: Reward) -> dict[str, str]:
    amount = str(Money(Minor(reward.amount), reward.currency).decimal())
    return {"amount": amount, "currencyCode": reward.currency}
