"""Everything of a shop as one file: what was asked for, and its sealed pieces."""

import sqlalchemy as sa
from alembic import op


revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("export_id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_export_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "export_id", name="pk_export"),
    )
    op.create_table(
        "export_piece",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("export_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_export_piece_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "export_id", "number", name="pk_export_piece"),
    )


def downgrade() -> None:
    op.drop_table("export_piece")
    op.drop_table("export")
