"""When an order was sent, and what each refund gave back of which line.

Of rows from before this nobody has said either. Whatever news of an order comes later brings both, and so does the
night for every order that changed since the one before; orders that never change again stay as they are until the
shop's orders are imported anew.
"""

import sqlalchemy as sa
from alembic import op


revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("lines", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("refund", "lines")
    op.drop_column("orders", "fulfilled_at")
