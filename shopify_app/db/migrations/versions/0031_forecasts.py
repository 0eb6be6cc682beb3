"""What is expected of each customer."""

import sqlalchemy as sa
from alembic import op


revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forecast_fit",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("missing_repeaters", sa.Integer(), nullable=False),
        sa.Column("missing_days", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("repeaters", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.Column("back_test", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_forecast_fit_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", name="pk_forecast_fit"),
    )
    op.create_table(
        "customer_forecast",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("alive", sa.Float(), nullable=False),
        sa.Column("chance_30", sa.Float(), nullable=False),
        sa.Column("chance_90", sa.Float(), nullable=False),
        sa.Column("next_from", sa.Integer(), nullable=True),
        sa.Column("next_to", sa.Integer(), nullable=True),
        sa.Column("value_12m", sa.BigInteger(), nullable=False),
        sa.Column("value_low", sa.BigInteger(), nullable=False),
        sa.Column("value_high", sa.BigInteger(), nullable=False),
        sa.Column("regular", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_customer_forecast_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", name="pk_customer_forecast"),
    )
    op.create_index(
        "ix_customer_forecast_shop_id_value_12m_customer_id",
        "customer_forecast",
        ["shop_id", "value_12m", "customer_id"],
    )


def downgrade() -> None:
    for table in ("customer_forecast", "forecast_fit"):
        op.drop_table(table)
