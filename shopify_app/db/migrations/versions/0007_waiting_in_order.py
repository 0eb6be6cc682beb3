"""An index that gives a shop's waiting deliveries in the very order in which the drain takes them."""

from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD = "ix_delivery_state_shop_domain_triggered_at"
NEW = "ix_delivery_state_shop_domain_triggered_at_id"


def upgrade() -> None:
    # Without the id PostgreSQL sorts the whole queue for each page of it.
    op.create_index(NEW, "delivery", ["state", "shop_domain", "triggered_at", "id"])
    op.drop_index(OLD, table_name="delivery")


def downgrade() -> None:
    op.create_index(OLD, "delivery", ["state", "shop_domain", "triggered_at"])
    op.drop_index(NEW, table_name="delivery")
