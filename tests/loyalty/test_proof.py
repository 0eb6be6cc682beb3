"""Whatever is changed, inserted or taken away behind the ledger's back is refused, and found where it was not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from shopify_app.clock import Instant
from shopify_app.db.triggers import APPEND_ONLY, make_triggers
from shopify_app.loyalty.ledger.anchoring import LAG, take_anchor
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsAccount, PointsCause, PointsEntry, PointsMember
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.programme.model import ProgrammeVersion
from shopify_app.privacy.queries import delete_shop
from tests.factories import LOOKUP
from tests.loyalty.test_settled import open_shop, order, run

EARLY = Instant(datetime(2025, 4, 1, tzinfo=UTC))
LATE = Instant(datetime(2025, 6, 1, tzinfo=UTC))
ENTRIES = 6


@pytest.fixture
def shop(database):
    """Two accounts; the first has an order with two refunds and another order."""
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10"), order(2, 8, "2025-03-01", "10")], now=EARLY)
    run(database, shop, [order(1, 7, "2025-03-01", "10", refunded="4", version=1)], now=EARLY)
    run(database, shop, [order(3, 7, "2025-05-30", "10")], now=LATE)
    return shop


def proven(database, shop, now=LATE):
    with database.reading() as session:
        return [fault for _, fault in prove_points(session, shop, ledger_key(LOOKUP, shop), now)]


def unguarded(database, *statements):
    """As whoever owns the database could: the triggers are put aside for it."""
    with database.writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            for table in APPEND_ONLY:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for table in APPEND_ONLY:
                for what in ("changed", "deleted", "replaced"):
                    connection.execute(text(f"DROP TRIGGER {table}_{what}"))
        for statement in statements:
            connection.execute(statement)
        make_triggers(connection)


def account_of(database, customer):
    with database.reading() as session:
        return session.scalar(select(PointsMember.account_id).where(PointsMember.customer_id == customer))


def places(database, shop, account):
    with database.reading() as session:
        mine = PointsEntry.shop_id == shop, PointsEntry.account_id == account
        return session.scalars(select(PointsEntry.seq).where(*mine).order_by(PointsEntry.seq)).all()


def at(shop, account, seq):
    return PointsEntry.shop_id == shop, PointsEntry.account_id == account, PointsEntry.seq == seq


def test_all_is_well(database, shop):
    assert proven(database, shop) == []
    assert len(places(database, shop, account_of(database, 7))) == 4


@pytest.mark.parametrize("table", ["points_entry", "points_anchor", "programme_version", "points_told"])
def test_the_database_itself_refuses_to_change_what_was_written(database, shop, table):
    with database.transaction() as session:
        take_anchor(session, shop, ledger_key(LOOKUP, shop), LATE)
    column = {
        "points_entry": "points",
        "points_told": "points",
        "points_anchor": "entries",
        "programme_version": "actor",
    }[table]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(text(statement))
    if database.dialect == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(text(f"TRUNCATE {table}"))
    else:
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
    assert proven(database, shop) == []


def test_a_shop_that_is_deleted_takes_its_ledger_along(database, shop):
    other = open_shop(database)
    run(database, other, [order(1, 7, "2025-03-01", "10")], now=EARLY)
    with database.transaction() as session:
        delete_shop(session, shop)
    with database.reading() as session:
        assert set(session.scalars(select(PointsEntry.shop_id))) == {other}
        assert set(session.scalars(select(ProgrammeVersion.shop_id))) == {other}


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_a_changed_entry_is_found_and_named(database, shop, seq):
    account = account_of(database, 7)
    unguarded(database, update(PointsEntry).where(*at(shop, account, seq)).values(points=PointsEntry.points + 1))
    assert f"entry {seq} is not as it was written" in proven(database, shop)


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_a_deleted_entry_is_found_and_named_the_last_one_too(database, shop, seq):
    account = account_of(database, 7)
    unguarded(database, delete(PointsEntry).where(*at(shop, account, seq)))
    said = proven(database, shop)
    expected = f"entry {seq} is missing" if seq < 4 else "its head stands at entry 4, and there are 3"
    assert expected in said


def test_an_inserted_entry_is_found(database, shop):
    account = account_of(database, 7)
    with database.reading() as session:
        last = session.scalars(select(PointsEntry).where(*at(shop, account, 4))).one()
    names = [column.name for column in PointsEntry.__table__.columns]
    forged = {name: getattr(last, name) for name in names} | {"seq": 5, "cause": "gift/1", "nth": 1, "balance": 1000}
    unguarded(database, insert(PointsEntry).values(forged))
    assert "entry 5 is not as it was written" in proven(database, shop)


@pytest.mark.parametrize("column", ["balance", "available", "pending", "debt", "seq"])
def test_a_rewritten_head_is_found(database, shop, column):
    account = account_of(database, 7)
    head = PointsAccount.shop_id == shop, PointsAccount.account_id == account
    unguarded(database, update(PointsAccount).where(*head).values({column: getattr(PointsAccount, column) + 1}))
    assert "its head is not as it was written" in proven(database, shop)


def test_a_head_that_is_gone_is_found(database, shop):
    account = account_of(database, 7)
    unguarded(database, delete(PointsAccount).where(PointsAccount.account_id == account))
    assert "its head is missing" in proven(database, shop)


def test_a_changed_cause_is_found(database, shop):
    unguarded(database, update(PointsCause).where(PointsCause.cause == "order/3").values(points=5000))
    assert "its causes make 5060 points, 160 were booked" in proven(database, shop)


def test_entries_that_were_another_shops_or_accounts_are_found(database, shop):
    one, other = account_of(database, 7), account_of(database, 8)
    unguarded(
        database,
        update(PointsEntry).where(*at(shop, one, 1)).values(account_id=1),
        update(PointsEntry).where(*at(shop, other, 1)).values(account_id=one),
        update(PointsEntry).where(*at(shop, 1, 1)).values(account_id=other),
    )
    assert proven(database, shop).count("entry 1 is not as it was written") == 2


def rewound(database, shop, now):
    """The first account is put back, head, causes and entries, to what it was before its last order."""
    account = account_of(database, 7)
    tables = PointsAccount, PointsEntry, PointsCause
    with database.reading() as session:
        before = {model: [dict(row._mapping) for row in session.execute(select(model.__table__))] for model in tables}
    run(database, shop, [order(4, 7, "2025-05-30", "10")], now=now)
    then = Instant(now + 2 * LAG)
    with database.transaction() as session:
        take_anchor(session, shop, ledger_key(LOOKUP, shop), then)
    assert proven(database, shop, then) == []
    again = []
    for model in tables:
        again.append(delete(model).where(model.account_id == account))
        again += [insert(model).values(row) for row in before[model] if row["account_id"] == account]
    unguarded(database, *again)
    return then


def test_a_whole_account_put_back_to_an_earlier_state_is_found_by_the_anchor(database, shop):
    then = rewound(database, shop, LATE)
    assert [fault for fault in proven(database, shop, then) if "entries were there" in fault]


def test_an_anchor_that_was_changed_is_found(database, shop):
    with database.transaction() as session:
        take_anchor(session, shop, ledger_key(LOOKUP, shop), Instant(LATE + timedelta(hours=1)))
    unguarded(database, text("UPDATE points_anchor SET entries = entries + 1"))
    assert [fault for fault in proven(database, shop) if "is not as it was written" in fault]


def test_what_is_written_by_a_clock_that_fell_behind_does_not_break_the_anchor(database, shop):
    with database.transaction() as session:
        take_anchor(session, shop, ledger_key(LOOKUP, shop), Instant(LATE + timedelta(hours=1)))
    run(database, shop, [order(5, 7, "2025-03-01", "10")], now=EARLY)
    assert proven(database, shop) == []
