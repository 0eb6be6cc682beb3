"""Which products stand in which collection."""

import sqlalchemy as sa
from alembic import op


revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "collection",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("collection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_collection_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "collection_id", name="pk_collection"),
    )
    op.create_table(
        "collection_product",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("collection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_collection_product_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "collection_id", "product_id", name="pk_collection_product"),
    )
    op.create_index("ix_collection_product_shop_id_product_id", "collection_product", ["shop_id", "product_id"])
    op.create_table(
        "collection_reading",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("cut_short", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_collection_reading_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", name="pk_collection_reading"),
    )


def downgrade() -> None:
    for table in ("collection_reading", "collection_product", "collection"):
        op.drop_table(table)
