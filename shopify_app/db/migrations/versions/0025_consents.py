"""What customers agreed to."""

import sqlalchemy as sa
from alembic import op


revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for way in ("email", "sms"):
        op.add_column("customer", sa.Column(f"{way}_consent", sa.String(length=16), server_default="", nullable=False))
        op.add_column("customer", sa.Column(f"{way}_consent_at", sa.DateTime(timezone=True), nullable=True))
    # All customers are read once more, as this was not asked for when they were.
    op.execute("UPDATE contact_reading SET read_until = NULL")


def downgrade() -> None:
    for way in ("email", "sms"):
        op.drop_column("customer", f"{way}_consent_at")
        op.drop_column("customer", f"{way}_consent")
