"""What each segment in Shopify was called when it was made there, so that another name is noticed."""

import sqlalchemy as sa
from alembic import op


revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("written_segment", sa.Column("named", sa.String(length=255), nullable=True))
    op.execute("UPDATE written_segment SET named = title WHERE shopify_id IS NOT NULL")


def downgrade() -> None:
    op.drop_column("written_segment", "named")
