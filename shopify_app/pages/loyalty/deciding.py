"""Changing a part of the programme that holds: what each page that does so begins and ends with."""

from shopify_app.changes.points import decide
from shopify_app.db.base import Session
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.rewards.redeeming import OtherCurrency
from shopify_app.loyalty.settling import POINTS
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.queries import hasten
from shopify_app.tasks.queries import request as request_task


def holding(session: Session) -> Rule:
    """The rule that holds; nobody else decides until the transaction ends. Malformed where there is none."""
    shop = lock_shop(session, current_shop().id)
    versions = versions_of(session, current_shop().id)
    if not versions:
        raise Malformed("There is no programme yet. Choose one first.")
    if shop.told_currency != versions[-1].rule.currency:
        raise OtherCurrency
    return versions[-1].rule


def let_hold(session: Session, rule: Rule) -> None:
    """Let it be this one from now on."""
    here = current_shop()
    decide(session, here.id, rule, here.staff_id, parts().config.lookup_key, parts().clock())


def let_hold_of_all(session: Session, rule: Rule) -> None:
    """The same, where it may say otherwise when points end: of each account that is worked out anew at once."""
    here, now = current_shop(), parts().clock()
    let_hold(session, rule)
    request_task(session, here.id, POINTS, None, here.staff_id, now)
    hasten(session, here.id, POINTS, now)
