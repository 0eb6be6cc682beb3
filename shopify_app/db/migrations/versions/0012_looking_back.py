"""What was known at an earlier moment, and the reports of months that are over."""

import sqlalchemy as sa
from alembic import op


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("order_version", sa.Column("later", sa.Text(), server_default="", nullable=False))
    op.add_column("order_version", sa.Column("currency", sa.String(length=3), server_default="", nullable=False))
    op.execute(
        "UPDATE order_version SET currency = (SELECT orders.currency FROM orders WHERE "
        "orders.shop_id = order_version.shop_id AND orders.order_id = order_version.order_id)"
    )
    op.create_index("ix_order_version_shop_id_known_at", "order_version", ["shop_id", "known_at"])
    op.create_table(
        "customer_history_version",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earlier", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_customer_history_version_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "known_at", name="pk_customer_history_version"),
    )
    op.create_index(
        "ix_customer_history_version_shop_id_known_at", "customer_history_version", ["shop_id", "known_at"]
    )
    op.execute(
        "INSERT INTO customer_history_version (shop_id, customer_id, known_at, earlier) "
        "SELECT shop_id, customer_id, told_at, earlier FROM customer_history"
    )
    op.create_table(
        "shop_epoch",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_shop_epoch_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "until", name="pk_shop_epoch"),
    )
    op.create_table(
        "stored_report",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_stored_report_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "start", name="pk_stored_report"),
    )


def downgrade() -> None:
    op.drop_table("stored_report")
    op.drop_table("shop_epoch")
    op.drop_index("ix_customer_history_version_shop_id_known_at", "customer_history_version")
    op.drop_table("customer_history_version")
    op.drop_index("ix_order_version_shop_id_known_at", "order_version")
    op.drop_column("order_version", "currency")
    op.drop_column("order_version", "later")
