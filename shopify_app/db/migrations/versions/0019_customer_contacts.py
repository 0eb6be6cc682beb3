"""Keyed hashes of how customers can be reached, and who was said to be somebody else."""

import sqlalchemy as sa
from alembic import op


revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("customer", sa.Column("contacts_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "customer_contact",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_customer_contact_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "kind", "hash", name="pk_customer_contact"),
    )
    op.create_index("ix_customer_contact_shop_id_hash", "customer_contact", ["shop_id", "hash"])
    op.create_table(
        "customers_apart",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("other_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_customers_apart_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "other_id", name="pk_customers_apart"),
    )
    op.create_index("ix_customers_apart_shop_id_other_id", "customers_apart", ["shop_id", "other_id"])
    op.create_table(
        "contact_reading",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withheld", sa.String(length=64), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shift", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_contact_reading_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", name="pk_contact_reading"),
    )


def downgrade() -> None:
    for table in ("contact_reading", "customers_apart", "customer_contact"):
        op.drop_table(table)
    op.drop_column("customer", "contacts_at")
