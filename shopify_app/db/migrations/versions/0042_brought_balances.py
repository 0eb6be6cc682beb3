"""Balances brought from another app: the files, and their lines while something is to be done of them."""

import sqlalchemy as sa
from alembic import op


revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "brought_file",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rule", "lines")),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("found_people", "found_points", "people", "points")
        ),
        sa.Column("forgotten", sa.Integer(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("given_at", "undone_at", "erased_at")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_brought_file_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "file_id", name=op.f("pk_brought_file")),
    )
    op.create_index("ix_brought_file_asked", "brought_file", ["shop_id", "asked_at"])
    op.create_index("ix_brought_file_digest", "brought_file", ["shop_id", "digest"])
    op.create_table(
        "brought_line",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.String(length=32), nullable=True) for name in ("email_hash", "phone_hash")),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_brought_line_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "file_id", "place", name=op.f("pk_brought_line")),
    )
    op.create_index("ix_brought_line_outcome", "brought_line", ["shop_id", "file_id", "outcome", "place"])
    op.create_index("ix_brought_line_customer", "brought_line", ["shop_id", "customer_id"])


def downgrade() -> None:
    op.drop_table("brought_line")
    op.drop_table("brought_file")
