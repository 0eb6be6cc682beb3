"""When the next points of an account end; what was given and taken by hand."""

import sqlalchemy as sa
from alembic import op


revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("points_account", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("points_account", sa.Column("ending", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("points_account", sa.Column("endings", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_points_account_ends", "points_account", ["shop_id", "ends_at"])
    op.create_index("ix_points_account_endings", "points_account", ["shop_id", "endings"])
    op.drop_column("points_cause", "expires_at")
    op.create_table(
        "points_by_hand",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_points_by_hand_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "cause", name=op.f("pk_points_by_hand")),
    )
    op.create_index("ix_points_by_hand_at", "points_by_hand", ["shop_id", "at"])
    op.create_index("ix_points_by_hand_account", "points_by_hand", ["shop_id", "account_id"])


def downgrade() -> None:
    op.drop_table("points_by_hand")
    op.add_column("points_cause", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_points_account_endings", "points_account")
    op.drop_index("ix_points_account_ends", "points_account")
    for name in ("endings", "ending", "ends_at"):
        op.drop_column("points_account", name)
