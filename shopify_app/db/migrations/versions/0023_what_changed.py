"""What changed beyond chance, week by week."""

import sqlalchemy as sa
from alembic import op


revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "weekly_look",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_weekly_look_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "week", name="pk_weekly_look"),
    )
    op.create_table(
        "weekly_finding",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=512), nullable=False),
        sa.Column("title", sa.String(length=512), nullable=False),
        sa.Column("some_people", sa.Integer(), nullable=False),
        sa.Column("some_did", sa.Integer(), nullable=False),
        sa.Column("other_people", sa.Integer(), nullable=False),
        sa.Column("other_did", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("first_week", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_weekly_finding_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "week", "subject", "key", name="pk_weekly_finding"),
    )


def downgrade() -> None:
    op.drop_table("weekly_finding")
    op.drop_table("weekly_look")
