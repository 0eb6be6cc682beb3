"""Points in Shopify: what was last written of each account on its customer."""

import sqlalchemy as sa
from alembic import op


revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "points_shown",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=True),
        sa.Column("pending", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "account_id", name=op.f("pk_points_shown")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_points_shown_shop_id_shop")),
    )
    for name, column in (("due", "due_at"), ("batch", "batch")):
        where = sa.text(f"{column} IS NOT NULL")
        columns = ["shop_id", column]
        op.create_index(f"ix_points_shown_{name}", "points_shown", columns, sqlite_where=where, postgresql_where=where)
    # Of whoever has points already nothing stands there yet.
    op.execute(
        "INSERT INTO points_shown (shop_id, account_id, due_at) SELECT m.shop_id, m.account_id, a.opened_at "
        "FROM points_member m JOIN points_account a ON a.shop_id = m.shop_id AND a.account_id = m.account_id"
    )


def downgrade() -> None:
    op.drop_table("points_shown")
