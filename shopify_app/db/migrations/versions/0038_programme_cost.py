"""What a programme would have cost on the shop's own orders."""

import sqlalchemy as sa
from alembic import op


revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "programme_cost",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_programme_cost_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_programme_cost")),
    )


def downgrade() -> None:
    op.drop_table("programme_cost")
