"""Promises about points: an account names somebody who is there, and all of them are as they were written."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.invariants.search import SHOP, Cost, Promise, never, promise
from shopify_app.loyalty.brought.model import CHECKED, CHECKING, GIVEN, GIVING, BroughtFile, BroughtLine
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsAccount, PointsMember
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.ledger.queries import total_of
from shopify_app.loyalty.outward.model import PointsShown


def _totals(session: Session, shop: ShopId, _now: Instant) -> Iterator[str]:
    sums = [func.coalesce(func.sum(getattr(PointsAccount, name)), 0) for name in ("available", "pending", "debt")]
    told = total_of(session, shop)
    kept = told.accounts, told.holders, told.available, told.pending, told.debt
    holders = func.coalesce(func.sum(case((PointsAccount.balance > 0, 1), else_=0)), 0)
    counted = tuple(session.execute(select(func.count(), holders, *sums).where(PointsAccount.shop_id == shop)).one())
    if counted != kept:
        yield f"Accounts, those with points, available, pending and owed points are {counted}; {kept} are kept of them."


def _as_they_are() -> ColumnElement[bool]:
    """Whether an account has what was written of it."""
    return (
        select(PointsAccount.account_id)
        .where(
            PointsAccount.shop_id == SHOP,
            PointsAccount.account_id == PointsShown.account_id,
            PointsAccount.available == PointsShown.available,
            PointsAccount.pending == PointsShown.pending,
        )
        .exists()
    )


def _lines_kept() -> ScalarSelect[int]:
    """How many lines of a file are still there."""
    own = BroughtLine.shop_id == SHOP, BroughtLine.file_id == BroughtFile.file_id
    return select(func.count()).where(*own).correlate(BroughtFile).scalar_subquery()


POINTS = (
    never(
        "every line of a file of balances was given, is kept, or was about somebody forgotten",
        select(BroughtFile.file_id.label("file")).where(
            BroughtFile.shop_id == SHOP,
            BroughtFile.state.in_((CHECKING, CHECKED, GIVING, GIVEN)),
            BroughtFile.erased_at.is_(None),
            BroughtFile.lines != BroughtFile.people + BroughtFile.forgotten + _lines_kept(),
        ),
        "Of file {file} of balances lines were lost.",
        Cost.CHEAP,
    ),
    never(
        "an account's points are what can be spent and what is pending, less what is owed",
        select(PointsAccount.account_id.label("account")).where(
            PointsAccount.shop_id == SHOP,
            (PointsAccount.balance != PointsAccount.available + PointsAccount.pending - PointsAccount.debt)
            | (PointsAccount.available < 0)
            | (PointsAccount.pending < 0)
            | (PointsAccount.debt < 0),
        ),
        "The points of account {account} do not add up.",
        Cost.CHEAP,
    ),
    never(
        "whoever has points has an account of this shop",
        select(PointsMember.customer_id.label("customer")).where(
            PointsMember.shop_id == SHOP,
            ~select(PointsAccount.shop_id)
            .where(PointsAccount.shop_id == SHOP, PointsAccount.account_id == PointsMember.account_id)
            .exists(),
        ),
        "Customer {customer} has a points account that is not there.",
        Cost.CHEAP,
    ),
    promise("the sums of all accounts are what the accounts have", _totals),
    never(
        "what somebody has of points stands in Shopify, or is to be written there",
        select(PointsMember.customer_id.label("customer")).where(
            PointsMember.shop_id == SHOP,
            ~select(PointsShown.account_id)
            .where(
                PointsShown.shop_id == SHOP,
                PointsShown.account_id == PointsMember.account_id,
                PointsShown.due_at.is_not(None) | PointsShown.gone | _as_they_are(),
            )
            .exists(),
        ),
        "Customer {customer} has other points than those that stand in Shopify, and they are not to be written.",
        Cost.CHEAP,
    ),
)


def points_are_proven(secret: bytes) -> Promise:
    """The promise that needs the key of the chains."""

    def find(session: Session, shop: ShopId, now: Instant) -> Iterator[str]:
        for account, fault in prove_points(session, shop, ledger_key(secret, shop), now):
            yield f"{f'Points account {account}' if account else 'Points'}: {fault}."

    return promise("every point is proven by the ledger", find)
