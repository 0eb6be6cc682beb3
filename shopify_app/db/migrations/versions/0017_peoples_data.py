"""Who opened a person's data, what became of an answer, and what an erasure has done."""

import sqlalchemy as sa
from alembic import op


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENTS = ("handed_at", "dropped_at", "searched_at")


def upgrade() -> None:
    for name in _MOMENTS:
        op.add_column("privacy_request", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("actor", "dropped_by"):
        op.add_column("privacy_request", sa.Column(name, sa.String(length=64), server_default="", nullable=False))
    op.add_column("privacy_request", sa.Column("counts", sa.Text(), server_default="{}", nullable=False))
    op.add_column("privacy_request", sa.Column("emptied", sa.Integer(), server_default="0", nullable=False))
    op.add_column("erasure", sa.Column("request_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "access_log",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_access_log_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="pk_access_log"),
    )
    op.create_index("ix_access_log_shop_id_at_id", "access_log", ["shop_id", "at", "id"])


def downgrade() -> None:
    op.drop_table("access_log")
    op.drop_column("erasure", "request_id")
    for name in ("emptied", "counts", "actor", "dropped_by", *_MOMENTS):
        op.drop_column("privacy_request", name)
