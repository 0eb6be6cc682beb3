"""Rewards: of which kind they are, giving back the points of codes that nobody used, and deleting old codes."""

import sqlalchemy as sa
from alembic import op


revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_TO_DO = sa.text("due_at IS NOT NULL")
_MOMENTS = ("stopped_at", "closed_at", "due_at")


def upgrade() -> None:
    with op.batch_alter_table("reward") as reward:
        reward.alter_column("state", type_=sa.String(length=16), existing_type=sa.String(length=8), existing_nullable=False)
        reward.add_column(sa.Column("kind", sa.String(length=16), server_default=sa.text("'amount'"), nullable=False))
        reward.add_column(sa.Column("percent", sa.Integer(), nullable=True))
        reward.add_column(sa.Column("product_id", sa.BigInteger(), nullable=True))
        reward.add_column(sa.Column("stops", sa.Integer(), server_default=sa.text("0"), nullable=False))
        for name in _MOMENTS:
            reward.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_reward_order", "reward", ["shop_id", "order_id"])
    op.create_index("ix_reward_due", "reward", ["shop_id", "due_at"], sqlite_where=_TO_DO, postgresql_where=_TO_DO)
    # Each is looked at when its code has ended: given back if nobody used it, else deleted in Shopify.
    op.execute("UPDATE reward SET due_at = ends_at WHERE state IN ('made', 'used')")
    op.execute("UPDATE reward SET closed_at = ends_at WHERE state = 'used'")


def downgrade() -> None:
    op.drop_index("ix_reward_due", "reward")
    op.drop_index("ix_reward_order", "reward")
    with op.batch_alter_table("reward") as reward:
        for name in (*_MOMENTS, "stops", "product_id", "percent", "kind"):
            reward.drop_column(name)
        reward.alter_column("state", type_=sa.String(length=8), existing_type=sa.String(length=16), existing_nullable=False)
