"""What a programme that was switched on has come to, in a few figures."""

from shopify_app.clock import Instant
from shopify_app.db.base import Session
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import words
from shopify_app.loyalty.ledger.queries import ending_sum, total_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.pages.loyalty.ending import SOON
from shopify_app.retention.presenting import Fact


def facts_of(session: Session, rule: Rule) -> list[Fact]:
    """The figures, by the rule that holds."""
    spoken, total = words(), total_of(session, current_shop().id)
    worth = spoken.money(rule.worth(total.available + total.pending), rule.currency)
    return [
        Fact(spoken.text("Customers with points"), spoken.number(total.holders)),
        Fact(spoken.text("Available points"), spoken.number(total.available)),
        Fact(spoken.text("Pending points"), spoken.number(total.pending)),
        Fact(spoken.text("Value of unused points"), worth),
        *(_ending(session) if rule.ends_after else []),
    ]


def _ending(session: Session) -> list[Fact]:
    """What ends soon."""
    before = Instant(parts().clock() + SOON)
    people, points = ending_sum(session, current_shop().id, before)
    said = words().plural(
        "{points} of {n} customer", "{points} of {n} customers", people, points=points_text(points, words())
    )
    return [Fact(words().text("End within 90 days"), said, "/loyalty/ending")]
