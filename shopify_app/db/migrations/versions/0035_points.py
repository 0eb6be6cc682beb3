"""Points: the programme's versions, accounts and whose they are, what moved points, entries and anchors."""

import sqlalchemy as sa
from alembic import op


revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TO_RELEASE = sa.text("sort = 'grant' AND released < points AND available_at IS NOT NULL")


def upgrade() -> None:
    _programme()
    _accounts()
    _entries()
    _rewards()


def _shop(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_shop_id_shop")
    column = sa.Column("shop_id", _BIG, autoincrement=False, nullable=False)
    return column, sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=name)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("shop_id", *columns, name=op.f(f"pk_{table}"))


def _programme() -> None:
    op.create_table(
        "programme_version",
        *_shop("programme_version"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        _key("programme_version", "number"),
    )
    op.create_table(
        "programme_draft",
        *_shop("programme_draft"),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        _key("programme_draft"),
    )


def _accounts() -> None:
    op.create_table(
        "points_account",
        *_shop("points_account"),
        sa.Column("account_id", _BIG, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("seq", "balance", "available", "pending")),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        _key("points_account", "account_id"),
    )
    op.create_table(
        "points_member",
        *_shop("points_member"),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        _key("points_member", "customer_id"),
        sa.UniqueConstraint("shop_id", "account_id", name=op.f("uq_points_member_shop_id_account_id")),
    )
    op.create_table(
        "points_cause",
        *_shop("points_cause"),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("sort", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.String(length=80), nullable=True),
        sa.Column("restored", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=True),
        sa.Column("booked", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        _key("points_cause", "cause"),
    )
    op.create_index("ix_points_cause_account", "points_cause", ["shop_id", "account_id"])
    op.create_index(
        "ix_points_cause_release",
        "points_cause",
        ["shop_id", "available_at"],
        sqlite_where=_TO_RELEASE,
        postgresql_where=_TO_RELEASE,
    )


    op.create_table(
        "points_total",
        *_shop("points_total"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("accounts", "available", "pending", "debt")),
        _key("points_total"),
    )


def _rewards() -> None:
    op.create_table(
        "reward",
        *_shop("reward"),
        sa.Column("reward_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("points", "amount")),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("asked_at", "ends_at")),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("discount_id", sa.String(length=64), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _key("reward", "reward_id"),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_reward_shop_id_code")),
    )
    op.create_index("ix_reward_account", "reward", ["shop_id", "account_id"])
    op.create_index("ix_reward_state", "reward", ["shop_id", "state"])


def _entries() -> None:
    op.create_table(
        "points_entry",
        *_shop("points_entry"),
        sa.Column("account_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("points", "moved", "balance")),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        _key("points_entry", "account_id", "seq"),
        sa.UniqueConstraint("shop_id", "cause", "nth", name=op.f("uq_points_entry_shop_id_cause_nth")),
    )
    op.create_index("ix_points_entry_known_at", "points_entry", ["shop_id", "known_at", "account_id", "seq"])
    op.create_table(
        "points_anchor",
        *_shop("points_anchor"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        _key("points_anchor", "number"),
    )


def downgrade() -> None:
    for table in ("reward", "points_anchor", "points_entry", "points_total", "points_cause", "points_member", "points_account"):
        op.drop_table(table)
    for table in ("programme_draft", "programme_version"):
        op.drop_table(table)
