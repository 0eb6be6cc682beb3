"""How one number is worked out: its formula with its own figures, the other way to count, the orders behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.asking import Asked
from shopify_app.retention.measure import Figure
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

Link = Callable[[str, Mapping[str, str]], str]


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
    drill: str
    rows: list[OrderLine]
    first_href: str | None
    next_href: str | None
    csv_href: str
    file: str
    back: "Back"


@dataclass(frozen=True, slots=True)
class Back:
    """The page that this one was opened from."""

    title: str
    href: str


def other_basis(basis: Basis) -> Basis:
    """The other of the two ways to count."""
    return Basis.SHOPIFY if basis is Basis.KEPT else Basis.KEPT


@dataclass(frozen=True, slots=True)
class Measured:
    """One number in both bases, over the window as it really began, with a page of its orders."""

    figure: Figure
    other: Figure
    window: Window
    rows: Sequence[OrderRow]
    after: str | None
    next_after: str | None


def explain(measured: Measured, asked: Asked, words: Words, currency: str, link: Link) -> Explanation:
    """The page about one number, in words."""
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
        drill=words.text(DRILL_TITLES[metric.drill]),
        rows=[order_line(row, words, currency, order_link(row, asked, link)) for row in measured.rows],
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


def _circumstances(measured: Measured, asked: Asked, words: Words) -> list[Fact]:
    return [
        Fact(words.text("Period"), period_text(measured.window, words)),
        Fact(words.text("How to count"), words.text(BASIS_TITLES[asked.basis])),
        Fact(words.text("One purchase is"), words.text(UNIT_TITLES[asked.unit])),
        Fact(words.text("As it looked on"), words.day(asked.as_of)),
    ]


def _other(figure: Figure, asked: Asked, words: Words, currency: str, here: Callable[..., str]) -> Other:
    basis = other_basis(asked.basis)
    value = value_text(figure, words, currency)
    if basis is Basis.SHOPIFY:
        sentence = words.text("As Shopify counts, it would be {value}.", value=value)
    else:
        sentence = words.text("Over completed orders, it would be {value}.", value=value)
    return Other(sentence, here(basis=basis.value))
