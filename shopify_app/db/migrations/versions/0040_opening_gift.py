"""Opening gifts: points for orders of before the programme."""

import sqlalchemy as sa
from alembic import op


revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "opening_gift",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("gift_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("since", "until")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("people", "points", "taken_back")),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("given_at", "undone_at")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_opening_gift_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "gift_id", name=op.f("pk_opening_gift")),
    )
    op.create_index("ix_opening_gift_asked", "opening_gift", ["shop_id", "asked_at"])


def downgrade() -> None:
    op.drop_table("opening_gift")
