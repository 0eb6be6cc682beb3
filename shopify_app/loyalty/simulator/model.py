"""The table of what trying rules on the shop's own orders has shown: the last result alone."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base

SIMULATE = "simulate_programme"
"""The kind of task that works it out."""


class ProgrammeCost(Base):
    """What was asked for last, and what was found last; it tells of nobody."""

    __tablename__ = "programme_cost"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    asked: Mapped[str] = mapped_column(Text)
    """JSON: the trials to be gone through; see simulator/trial.py."""
    found: Mapped[str | None] = mapped_column(Text)
    """JSON: see simulator/found.py; None until the first is done."""
