"""What forgetting in the inbox needs."""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("searched_to", sa.BigInteger(), nullable=False),
        sa.Column("searching", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_erasure_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "delivery_id", name="pk_erasure"),
    )


def downgrade() -> None:
    op.drop_table("erasure")
