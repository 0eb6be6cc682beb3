"""Giving bonuses that no order gives, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.accounts import open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.occasions.bonus import Occasion, bonus, offered
from shopify_app.loyalty.programme.rule import Version

OCCASIONS = "system:occasions"
"""The actor where no order gives points."""


def give(
    session: Session,
    shop: ShopId,
    key: bytes,
    versions: Sequence[Version],
    zone: ZoneInfo,
    came: Mapping[int, Sequence[Occasion]],
    now: Instant,
) -> None:
    """Give customers what their occasions give, once each; the caller holds the shop's row.

    Only who is given something has an account by it.
    """
    some = {one: [each for each in mine if offered(each, versions)] for one, mine in came.items()}
    some = {one: mine for one, mine in some.items() if mine and not is_erased(one)}
    if not some:
        return
    accounts = open_accounts(session, shop, key, now)
    owners = accounts_of(session, shop, some)
    accounts.load(owners.values())
    for customer, mine in some.items():
        for occasion in sorted(mine):
            account = owners[customer] = owners.get(customer) or accounts.open(customer)
            before = [one.cause for one in accounts.causes[account].values() if isinstance(one.cause, Grant)]
            gives = bonus(occasion, account, before, versions, zone)
            if gives is not None:
                accounts.put(account, Booked(gives[0], OCCASIONS, rule=gives[1].number))
    accounts.store()
