"""When products came into collections and left them."""

import sqlalchemy as sa
from alembic import op


revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "collection_change",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("collection_id", "product_id")
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_collection_change_shop_id_shop")),
        sa.PrimaryKeyConstraint(
            "shop_id", "collection_id", "product_id", "changed_at", name=op.f("pk_collection_change")
        ),
    )


def downgrade() -> None:
    op.drop_table("collection_change")
