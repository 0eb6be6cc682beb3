"""Which segments stand in Shopify, and on whom they were written."""

import sqlalchemy as sa
from alembic import op


revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "written_segment",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("segment", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=True),
        sa.Column("tag_wanted", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("namespace", sa.String(length=255), nullable=True),
        sa.Column("shopify_id", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_written_segment_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "segment", name="pk_written_segment"),
    )
    op.create_table(
        "segment_member",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("segment", sa.String(length=40), nullable=False),
        sa.Column("medium", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_segment_member_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "segment", "medium", "customer_id", name="pk_segment_member"),
    )
    for name, column, where in (("open", "customer_id", "state <> 'in'"), ("batch", "batch", "batch IS NOT NULL")):
        op.create_index(
            f"ix_segment_member_{name}",
            "segment_member",
            ["shop_id", "segment", "medium", column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index("ix_segment_member_shop_id_customer_id", "segment_member", ["shop_id", "customer_id"])


def downgrade() -> None:
    op.drop_table("segment_member")
    op.drop_table("written_segment")
