"""Bonuses that no order gives: when somebody first agreed, whose birthday is when, and which days are done with."""

import sqlalchemy as sa
from alembic import op


revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAYS = ("email", "sms")


def upgrade() -> None:
    for way in _WAYS:
        op.add_column("customer", sa.Column(f"{way}_agreed_at", sa.DateTime(timezone=True), nullable=True))
        # They had agreed by then at the latest.
        op.execute(f"UPDATE customer SET {way}_agreed_at = {way}_consent_at WHERE {way}_consent = 'subscribed'")
    op.create_table(
        "customer_birthday",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_customer_birthday_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", name=op.f("pk_customer_birthday")),
    )
    op.create_index("ix_customer_birthday_day", "customer_birthday", ["shop_id", "day", "customer_id"])
    op.create_table(
        "birthday_reading",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_birthday_reading_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_birthday_reading")),
    )
    op.create_table(
        "occasion_day",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_occasion_day_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_occasion_day")),
    )


def downgrade() -> None:
    op.drop_table("occasion_day")
    op.drop_table("birthday_reading")
    op.drop_table("customer_birthday")
    for way in _WAYS:
        op.drop_column("customer", f"{way}_agreed_at")
