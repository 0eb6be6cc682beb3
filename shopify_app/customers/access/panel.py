"""What a page or a file that tells of people does first: it has a line written into the access log."""

from datetime import timedelta

from shopify_app.clock import Instant
from shopify_app.customers.access.kinds import FILED, READ, SHOWN
from shopify_app.customers.access.queries import note_opening, was_noted
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop

AN_HOUR = timedelta(hours=1)


def note_seen(what: str) -> None:
    """Note that a page or a program is about to get this; once an hour for each staff member, whomever it is about."""
    here, now = current_shop(), parts().clock()
    why = READ if wants_json() else SHOWN
    with parts().database.reading() as session:
        if was_noted(session, here.id, here.staff_id, what, why, Instant(now - AN_HOUR)):
            return
    note_taken(what, why)


def note_taken(what: str, why: str = FILED, lines: int | None = None) -> None:
    """Note that this is about to be handed out, each time; `lines` is how many a file has, where that is known."""
    here = current_shop()
    with parts().database.transaction() as session:
        note_opening(session, here.id, here.staff_id, what, lines, why, parts().clock())
