"""Deliveries that were too large, counted."""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_delivery",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_refused_delivery_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "day", name="pk_refused_delivery"),
    )


def downgrade() -> None:
    op.drop_table("refused_delivery")
