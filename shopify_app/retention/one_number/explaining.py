"""How one number is worked out: its formula with its own figures, the other way to count, the orders behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shopify_app.clock import LocalDay
from shopify_app.embedded.addresses import Back
from shopify_app.language import Words
from shopify_app.retention.asking import Asked
from shopify_app.retention.measure import Figure
from shopify_app.retention.one_number.queries import Changes, change_of
from shopify_app.retention.past.looking import Looked
from shopify_app.retention.past.telling import Link, LookedBack, told_back
from shopify_app.retention.presenting import (
    BASIS_TITLES,
    DRILL_TITLES,
    UNIT_TITLES,
    Card,
    Fact,
    OrderLine,
    card,
    formula_text,
    order_line,
    period_text,
    value_text,
)
from shopify_app.retention.queries import OrderRow
from shopify_app.retention.registry import METRICS
from shopify_app.retention.window import Basis, Window


@dataclass(frozen=True, slots=True)
class Other:
    """The same number counted the other way."""

    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything the page about one number says."""

    card: Card
    facts: list[Fact]
    formula: str
    worked_out: str
    definition: str
    other: Other
    looked_back: LookedBack | None
    today: str | None
    """What the number would be with what is known today, where that is not what is shown."""
    carried: dict[str, str]
    """What a form keeps that asks for the same number on another day."""
    as_of: str
    drill: str
    rows: list[OrderLine]
    first_href: str | None
    next_href: str | None
    csv_href: str
    file: str
    back: Back


def other_basis(basis: Basis) -> Basis:
    """The other of the two ways to count."""
    return Basis.SHOPIFY if basis is Basis.KEPT else Basis.KEPT


@dataclass(frozen=True, slots=True)
class Measured:
    """One number in both bases, over the window as it really began, with a page of its orders."""

    figure: Figure
    other: Figure
    today: Figure | None
    """With what is known today; None where that is what is shown."""
    currency: str
    """The shop's own now, in which that is told."""
    window: Window
    rows: Sequence[OrderRow]
    changes: Changes
    after: str | None
    next_after: str | None


def explain(measured: Measured, looked: Looked, words: Words, link: Link) -> Explanation:
    """The page about one number, in words."""
    asked, currency = looked.asked, looked.currency
    metric = METRICS[measured.figure.name]
    path = f"/reports/numbers/{metric.name}"

    def here(**other: str) -> str:
        return link(path, asked.query(**other))

    return Explanation(
        card=card(measured.figure, None, words, currency, here()),
        facts=_circumstances(measured, asked, words),
        formula=words.text(metric.formula),
        worked_out=formula_text(measured.figure, words, currency),
        definition=words.text(metric.definition[asked.basis]),
        other=_other(measured.other, asked, words, currency, here),
        looked_back=told_back(looked, words, path, link),
        today=_today(measured, looked, words),
        carried={name: value for name, value in asked.query().items() if name not in ("as_of", "seen", "report")},
        as_of=asked.as_of.isoformat() if asked.looks_back else "",
        drill=words.text(DRILL_TITLES[metric.drill]),
        rows=[
            order_line(row, words, currency, order_link(row, asked, link), change_of(row, measured.changes))
            for row in measured.rows
        ],
        first_href=here() if measured.after else None,
        next_href=here(after=measured.next_after) if measured.next_after else None,
        csv_href=here(format="csv"),
        file=file_name(metric.name, measured.window.start, measured.window.end),
        back=Back(words.text("Numbers"), link("/reports/numbers", asked.query())),
    )


def file_name(name: str, start: LocalDay | None, end: LocalDay) -> str:
    """What the file of the orders behind a number is called."""
    return f"{name}_{start.isoformat() if start else 'start'}_{end.isoformat()}.csv"


def order_link(row: OrderRow, asked: Asked, link: Link) -> str:
    """Where one order tells its story."""
    return link(f"/reports/orders/{row.order_id}", asked.query())


def _today(measured: Measured, looked: Looked, words: Words) -> str | None:
    figure = measured.today
    if figure is None or looked.replaced is None:
        return None
    value = value_text(figure, words, measured.currency)
    changed = looked.replaced.differing(looked.asked.window, looked.asked.basis)
    if not changed:
        return words.text("Nothing in this period has changed since: with what is known today, it is the same.")
    if figure.value == measured.figure.value and measured.currency == looked.currency:
        return words.plural(
            "{n} order in this period has changed since, and the number is still the same.",
            "{n} orders in this period have changed since, and the number is still the same.",
            changed,
        )
    return words.plural(
        "With what is known today, it is {value}: {n} order in this period has changed since.",
        "With what is known today, it is {value}: {n} orders in this period have changed since.",
        changed,
        value=value,
    )


def _circumstances(measured: Measured, asked: Asked, words: Words) -> list[Fact]:
    return [
        Fact(words.text("Period"), period_text(measured.window, words)),
        Fact(words.text("How to count"), words.text(BASIS_TITLES[asked.basis])),
        Fact(words.text("One purchase is"), words.text(UNIT_TITLES[asked.unit])),
    ]


def _other(figure: Figure, asked: Asked, words: Words, currency: str, here: Callable[..., str]) -> Other:
    basis = other_basis(asked.basis)
    value = value_text(figure, words, currency)
    if basis is Basis.SHOPIFY:
        sentence = words.text("As Shopify counts, it would be {value}.", value=value)
    else:
        sentence = words.text("Over completed orders, it would be {value}.", value=value)
    return Other(sentence, here(basis=basis.value))
