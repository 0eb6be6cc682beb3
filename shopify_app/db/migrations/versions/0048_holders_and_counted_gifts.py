"""How many customers have points; what was counted of a gift, once it is given."""

import sqlalchemy as sa
from alembic import op


revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_COUNTED = ("found_people", "found_points", "found_reach")


def upgrade() -> None:
    op.add_column("points_total", sa.Column("holders", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute(
        "UPDATE points_total SET holders = (SELECT count(*) FROM points_account a "
        "WHERE a.shop_id = points_total.shop_id AND a.balance > 0)"
    )
    for name in _COUNTED:
        op.add_column("opening_gift", sa.Column(name, sa.BigInteger(), nullable=True))
    # What is given, or was, had been counted to the same; of one that is being given nobody knows any more.
    op.execute("UPDATE opening_gift SET found_people = people, found_points = points WHERE state != 'counting'")


def downgrade() -> None:
    for name in _COUNTED:
        op.drop_column("opening_gift", name)
    op.drop_column("points_total", "holders")
