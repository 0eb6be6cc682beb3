"""What the ledger was told of each cause of points, so that its entries can be made again."""

import sqlalchemy as sa
from alembic import op


revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("points_cause", sa.Column("told", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "points_told",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("sort", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.String(length=80), nullable=True),
        sa.Column("restored", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("booked", "released")),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_points_told_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "cause", "number", name=op.f("pk_points_told")),
    )
    op.create_index("ix_points_told_account", "points_told", ["shop_id", "account_id", "after"])
    # What was told before is known by where it has led: from here on entries can be made again.
    same = (
        "sort, points, at, available_at, lot, restored, actor, by_hand, rule, booked, released, entries, first".split(
            ", "
        )
    )
    op.execute(
        f"INSERT INTO points_told (shop_id, cause, number, account_id, after, known_at, is_gone, {', '.join(same)}, facts)"
        f" SELECT c.shop_id, c.cause, 1, c.account_id, a.seq, a.opened_at, false, {', '.join(f'c.{n}' for n in same)}, ''"
        " FROM points_cause c JOIN points_account a ON a.shop_id = c.shop_id AND a.account_id = c.account_id"
    )
    op.execute("UPDATE points_cause SET told = 1")


def downgrade() -> None:
    op.drop_table("points_told")
    op.drop_column("points_cause", "told")
