"""Cohorts in words: the table, what it comes to in one sentence, what can be chosen. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shopify_app.language import Words
from shopify_app.money import exponent
from shopify_app.retention.coming_back.asking import Viewed
from shopify_app.retention.coming_back.cohorts import Average, Cohort, Show, average
from shopify_app.retention.coming_back.periods import Period, Span
from shopify_app.retention.presenting import ENOUGH_REPEAT_CUSTOMERS, Choice

ROWS = {Period.MONTH: 24, Period.QUARTER: 12, Period.WEEK: 26}
"""Cohorts on a page."""
AGES = {Period.MONTH: 12, Period.QUARTER: 8, Period.WEEK: 12}
"""The last column."""
NARROW = {Period.MONTH: (1, 3, 6), Period.QUARTER: (1, 2, 4), Period.WEEK: (1, 4, 12)}
"""The columns for which a telephone has room."""
TOLD = {Period.MONTH: (6, 3, 1), Period.QUARTER: (2, 1), Period.WEEK: (12, 4, 1)}
"""After how long the sentence says who came back: the first of these of which there is enough to say."""
LEVELS = 8
"""Shades of a cell."""

PERIODS = {
    Period.MONTH: "Month of the first order",
    Period.QUARTER: "Quarter of the first order",
    Period.WEEK: "Week of the first order",
}
BACK = {
    Period.MONTH: "Came back within N months",
    Period.QUARTER: "Came back within N quarters",
    Period.WEEK: "Came back within N weeks",
}
BOUGHT = {
    Period.MONTH: "Bought in that month",
    Period.QUARTER: "Bought in that quarter",
    Period.WEEK: "Bought in that week",
}
SHOWN = {
    Show.BACK_PEOPLE: "How many came back",
    Show.BOUGHT_PEOPLE: "How many bought then",
    Show.ORDERS: "Orders then",
    Show.NET: "Net sales then, for each person",
    Show.NET_SO_FAR: "Net sales so far, for each person",
}
SAID = {
    Show.BACK: "Of the people who first bought in a period: the share that had bought again by the end of a later one. "
    "Along a row it can only rise.",
    Show.BACK_PEOPLE: "Of the people who first bought in a period: how many had bought again by the end of a later "
    "one. Along a row it can only rise.",
    Show.BOUGHT: "Of the people who first bought in a period: the share that bought in a later one, for the second "
    "time or the tenth. It falls with time in every shop.",
    Show.BOUGHT_PEOPLE: "Of the people who first bought in a period: how many bought in a later one, for the second "
    "time or the tenth.",
    Show.ORDERS: "How many orders the people who first bought in a period placed in that one and in later ones.",
    Show.NET: "Net sales of a later period to the people who first bought in a period, divided by all of them: also "
    "by those who did not buy then.",
    Show.NET_SO_FAR: "Net sales to the people who first bought in a period, up to the end of a later one, divided by "
    "all of them.",
}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell; `text` None where there is none yet."""

    text: str | None
    level: int
    """How dark, from 0."""
    over: bool
    """Whether nothing more can come to it."""
    narrow: bool
    """Whether a telephone shows it."""
    href: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort."""

    title: str
    size: str
    href: str
    whole: bool
    cells: list[ShownCell]


@dataclass(frozen=True, slots=True)
class Mean:
    """The average of one column and over how many people it is."""

    text: str | None
    people: str
    narrow: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The table."""

    caption: str
    heads: list[tuple[str, bool]]
    """Of each column its head, and whether a telephone shows it."""
    after: str
    """What all columns are after."""
    lines: list[Line]
    means: list[Mean] | None
    """None where people or orders are shown, of which no average says anything."""
    colour: str
    """Which colours: what is shown another way has others, so that nobody reads one for the other."""


Here = Callable[[Cohort, int | None], str]
"""Where the people of a cohort are listed, or those behind its cell some periods later."""


def grid(cohorts: Sequence[Cohort], viewed: Viewed, words: Words, currency: str, here: Here) -> Grid:
    """The cohorts as a table, newest first."""
    ages, scale = range(AGES[viewed.period] + 1), _Scale.of(cohorts, viewed)
    told = _Telling(viewed, words, currency, scale, here)
    lines = [told.line(one, ages) for one in reversed(cohorts)]
    means = [told.mean(average(cohorts, age, viewed.show), age) for age in ages]
    return Grid(
        caption=words.text(SAID[viewed.show]),
        heads=[(words.number(age), told.is_narrow(age)) for age in ages],
        after=after_text(viewed.period, words),
        lines=lines,
        means=None if viewed.show.kind == "count" else means,
        colour=_COLOURS[viewed.show],
    )


_COLOURS = {
    Show.BACK: "back",
    Show.BACK_PEOPLE: "people",
    Show.BOUGHT: "bought",
    Show.BOUGHT_PEOPLE: "people",
    Show.ORDERS: "people",
    Show.NET: "money",
    Show.NET_SO_FAR: "so-far",
}


@dataclass(frozen=True, slots=True)
class _Scale:
    """From nothing to the most that is shown; of one page, and of one thing shown, alone."""

    show: Show
    most: Fraction

    @classmethod
    def of(cls, cohorts: Sequence[Cohort], viewed: Viewed) -> "_Scale":
        show, ages = viewed.show, range(AGES[viewed.period] + 1)
        figures = [one.figure(age, show) for one in cohorts for age in ages if cls._counts(show, age)]
        return cls(show, max((each for each in figures if each is not None), default=Fraction(0)))

    @staticmethod
    def _counts(show: Show, age: int) -> bool:
        # Everybody bought in the first period: beside that, nothing else would have a colour.
        return age > 0 or show in (Show.BACK, Show.BACK_PEOPLE, Show.NET_SO_FAR)

    def level(self, figure: Fraction, age: int) -> int:
        """How dark a cell is."""
        if figure <= 0 or self.most <= 0 or not self._counts(self.show, age):
            return 0
        return max(1, min(LEVELS, -(-figure * LEVELS // self.most)))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What every cell of one page needs."""

    viewed: Viewed
    words: Words
    currency: str
    scale: _Scale
    here: Here

    def is_narrow(self, age: int) -> bool:
        """Whether a telephone shows the column."""
        return age in NARROW[self.viewed.period]

    def line(self, cohort: Cohort, ages: range) -> Line:
        """One row."""
        title = span_text(cohort.span, self.viewed.period, self.words)
        cells = [self._cell(cohort, title, age) for age in ages]
        return Line(title, self.words.number(cohort.size), self.here(cohort, None), cohort.whole, cells)

    def _cell(self, cohort: Cohort, title: str, age: int) -> ShownCell:
        figure = cohort.figure(age, self.viewed.show)
        if figure is None:
            return ShownCell(None, 0, True, self.is_narrow(age), None, "")
        text, over = self.figure(figure), cohort.is_final(age)
        label = f"{title}, {later_text(self.viewed.period, age, self.words)}: {text}"
        if not over:
            label = f"{label}. {self.words.text('This is not over yet.')}"
        href = self.here(cohort, age) if cohort.size else None
        return ShownCell(text, self.scale.level(figure, age), over, self.is_narrow(age), href, label)

    def mean(self, found: Average, age: int) -> Mean:
        """The average of one column."""
        figure, people = found.figure(self.viewed.show), self.words.number(found.people)
        return Mean(None if figure is None else self.figure(figure), people, self.is_narrow(age))

    def figure(self, figure: Fraction) -> str:
        """A figure as a cell has room for it: amounts without their currency, which the page names above."""
        match self.viewed.show.kind:
            case "share":
                return self.words.percent(figure)
            case "money":
                digits = exponent(self.currency)
                short = self.scale.most >= 1000 * 10**digits
                return self.words.number(figure / 10**digits, 0 if short else digits)
            case _:
                return self.words.number(figure)


def span_text(span: Span, period: Period, words: Words) -> str:
    """A period by its name; a week by its first day."""
    match period:
        case Period.MONTH:
            return words.short_month_and_year(span.start)
        case Period.QUARTER:
            last = words.short_month_and_year(span.end)
            return words.text("{first} to {last}", first=words.short_month(span.start), last=last)
        case Period.WEEK:
            return words.day(span.start)


def first_head(period: Period, words: Words) -> str:
    """What the first column is."""
    match period:
        case Period.MONTH:
            return words.text("Month of the first order")
        case Period.QUARTER:
            return words.text("Quarter of the first order")
        case Period.WEEK:
            return words.text("First order in the week from")


def after_text(period: Period, words: Words) -> str:
    """What the other columns count."""
    match period:
        case Period.MONTH:
            return words.text("Months after the one of the first order")
        case Period.QUARTER:
            return words.text("Quarters after the one of the first order")
        case Period.WEEK:
            return words.text("Weeks after the one of the first order")


def later_text(period: Period, age: int, words: Words) -> str:
    """How long after the first order."""
    if age == 0:
        return words.text("in the same period")
    match period:
        case Period.MONTH:
            return words.plural("{n} month later", "{n} months later", age)
        case Period.QUARTER:
            return words.plural("{n} quarter later", "{n} quarters later", age)
        case Period.WEEK:
            return words.plural("{n} week later", "{n} weeks later", age)


def within_text(period: Period, age: int, words: Words) -> str:
    """How soon after the first order."""
    match period:
        case Period.MONTH:
            return words.plural("within {n} month", "within {n} months", age)
        case Period.QUARTER:
            return words.plural("within {n} quarter", "within {n} quarters", age)
        case Period.WEEK:
            return words.plural("within {n} week", "within {n} weeks", age)


def finding(cohorts: Sequence[Cohort], period: Period, words: Words) -> str | None:
    """Who came back, in one sentence, over the people of whom that is known; None where they are too few."""
    for age in TOLD[period]:
        found = average(cohorts, age, Show.BACK)
        share = found.figure(Show.BACK)
        if share is not None and found.counted >= ENOUGH_REPEAT_CUSTOMERS:
            return words.text(
                "Of every 100 people who first bought between {first} and {last}, {back} came back {within}.",
                first=_bound(found.cohorts[0], period, words),
                last=_bound(found.cohorts[-1], period, words, last=True),
                back=words.number(share * 100),
                within=within_text(period, age, words),
            )
    return None


def _bound(span: Span, period: Period, words: Words, *, last: bool = False) -> str:
    day = span.end if last else span.start
    return words.day(day) if period is Period.WEEK else words.month(day)


def too_few(cohorts: Sequence[Cohort], words: Words) -> str | None:
    """How many came back so far, where they are too few to say anything about the next; None where they are enough."""
    back = sum(one.came_back for one in cohorts)
    if back >= ENOUGH_REPEAT_CUSTOMERS or not cohorts:
        return None
    so_far = words.plural("{n} person has bought more than once.", "{n} people have bought more than once.", back)
    return f"{so_far} {words.text('From {n} on, we can show a pattern.', n=words.number(ENOUGH_REPEAT_CUSTOMERS))}"


def period_choices(viewed: Viewed, words: Words) -> list[Choice]:
    """By what people can be put together."""
    return [Choice(one.value, words.text(title), one is viewed.period) for one, title in PERIODS.items()]


def show_choices(viewed: Viewed, words: Words) -> list[Choice]:
    """What the cells can show."""
    titles = {Show.BACK: BACK[viewed.period], Show.BOUGHT: BOUGHT[viewed.period], **SHOWN}
    return [Choice(one.value, words.text(titles[one]), one is viewed.show) for one in Show]
