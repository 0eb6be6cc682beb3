"""Timing as people read it: how fast customers come back, in a sentence, a drawing and a table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shopify_app.language import Words
from shopify_app.retention.chart import SIZES
from shopify_app.retention.presenting import NOTHING
from shopify_app.retention.timing.curve import ENOUGH_AT_RISK, Curve, Share
from shopify_app.retention.timing.drawing import DRAWN_TO, MARKS, Plot, draw_curves
from shopify_app.retention.timing.gaps import Usual
from shopify_app.retention.timing.measure import PLACES, Speed
from shopify_app.table import decimal_text

PLACE_TITLES = {1: "Second purchase", 2: "Third purchase", 3: "Fourth purchase"}
"""By the purchase before."""


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One curve as a line of the table."""

    title: str
    people: str
    shares: list[str]
    """By each of MARKS."""
    half: str


@dataclass(frozen=True, slots=True)
class SpeedPart:
    """How fast people come back."""

    sentence: str | None
    too_few: str | None
    """Said in its place where nothing can be."""
    text: str
    plots: list[Plot]
    legend: list[tuple[int, str]]
    marks: list[str]
    rows: list[SpeedRow]
    usual: str | None
    likely: list[str]
    """Between what each share is likely to be."""


def speed_part(speed: Speed, words: Words) -> SpeedPart:
    """The part of a page that tells how fast people come back."""
    known = [place for place in PLACES if speed.curves[place].known_to]
    titles = {(place, mark): _mark_title(place, share, words) for place in known for mark, share in _read(speed, place)}
    sentence = _sentence(speed.curves[1], words)
    return SpeedPart(
        sentence=sentence,
        too_few=None if known else _too_few(words),
        text=sentence or words.text("How fast people come back"),
        plots=[draw_curves(speed.curves, titles, words, size) for size in SIZES] if known else [],
        legend=[(place, words.text(PLACE_TITLES[place])) for place in known],
        marks=[words.text("Within {time}", time=words.duration(mark)) for mark in MARKS],
        rows=[_row(place, speed.curves[place], words) for place in PLACES] if known else [],
        usual=usual_text(speed.usual, words),
        likely=[_likely(place, share, words) for place in known for _, share in _read(speed, place)],
    )


def usual_text(usual: Usual | None, words: Words) -> str | None:
    """The usual gap in one sentence."""
    if usual is None:
        return None
    return words.text(
        "Usual gap between two purchases: {half}. Three of four are no longer than {most}, nine of ten no longer than "
        "{nearly_all}.",
        half=words.duration(usual.half),
        most=words.duration(usual.most),
        nearly_all=words.duration(usual.nearly_all),
    )


def speed_document(speed: Speed) -> dict[str, Any]:
    """The same for programs; shares are decimals, null where too few were watched for so long."""
    return {
        "repeat_curves": [_curve_document(place, speed.curves[place]) for place in PLACES],
        "usual_gap": None if speed.usual is None else _usual_document(speed.usual),
    }


def share_text(share: Fraction | float | None, words: Words) -> str:
    """A share as it stands in a table."""
    return NOTHING if share is None else words.percent(Fraction(share))


def days_text(days: int | None, words: Words) -> str:
    """A number of days as it stands in a table."""
    return NOTHING if days is None else words.duration(days)


def _read(speed: Speed, place: int) -> list[tuple[int, Share]]:
    found = ((mark, speed.curves[place].by(mark)) for mark in MARKS)
    return [(mark, share) for mark, share in found if share is not None]


def _row(place: int, curve: Curve, words: Words) -> SpeedRow:
    shares = [curve.by(mark) for mark in MARKS]
    return SpeedRow(
        words.text(PLACE_TITLES[place]),
        words.number(curve.people),
        [share_text(None if share is None else share.share, words) for share in shares],
        days_text(_half(curve), words),
    )


def _horizon(curve: Curve) -> int | None:
    """The longest mark that is known."""
    return next((mark for mark in reversed(MARKS) if curve.by(mark)), None)


def _half(curve: Curve) -> int | None:
    horizon = _horizon(curve)
    return None if horizon is None else curve.half_within(horizon)


def _sentence(curve: Curve, words: Words) -> str | None:
    horizon, half = _horizon(curve), _half(curve)
    found = None if horizon is None else curve.by(horizon)
    if found is None or horizon is None:
        return None
    back = words.plural(
        "Of every 100 people who buy for the first time, {n} comes back within {time}.",
        "Of every 100 people who buy for the first time, {n} come back within {time}.",
        round(found.share * 100),
        time=words.text("one year") if horizon == DRAWN_TO else words.duration(horizon),
    )
    if half is None:
        return back
    return f"{back} {words.text('Half of those do so within {time}.', time=words.duration(half))}"


def half_text(curve: Curve, words: Words) -> str | None:
    """How soon half of those who come back do so, where nothing else is said of them; None where it is not known."""
    horizon, half = _horizon(curve), _half(curve)
    if horizon is None or half is None:
        return None
    return words.text(
        "Half of those who come back within {horizon} do so within {time}.",
        horizon=words.text("one year") if horizon == DRAWN_TO else words.duration(horizon),
        time=words.duration(half),
    )


def _too_few(words: Words) -> str:
    return words.text(
        "Once {n} customers have had time to come back, this shows how fast people do.",
        n=words.number(ENOUGH_AT_RISK),
    )


def _mark_title(place: int, share: Share, words: Words) -> str:
    return words.text(
        "{title} within {time}: {percent}",
        title=words.text(PLACE_TITLES[place]),
        time=words.duration(share.day),
        percent=words.percent(Fraction(share.share)),
    )


def _likely(place: int, share: Share, words: Words) -> str:
    return words.text(
        "{title} within {time}: {percent}, likely between {low} and {high}",
        title=words.text(PLACE_TITLES[place]),
        time=words.duration(share.day),
        percent=words.percent(Fraction(share.share)),
        low=words.percent(Fraction(share.low)),
        high=words.percent(Fraction(share.high)),
    )


def _curve_document(place: int, curve: Curve) -> dict[str, Any]:
    shares: Mapping[int, Share | None] = {mark: curve.by(mark) for mark in MARKS}
    return {
        "from": place,
        "to": place + 1,
        "people": curve.people,
        "came_back": curve.came,
        "known_to_day": curve.known_to,
        "median_days": curve.median(),
        "half_of_those_who_come_days": _half(curve),
        "within": {str(mark): None if share is None else _share_document(share) for mark, share in shares.items()},
    }


def _share_document(share: Share) -> dict[str, Any]:
    low, high = (decimal_text(Fraction(each)) for each in (share.low, share.high))
    return {"share": decimal_text(Fraction(share.share)), "low": low, "high": high, "at_risk": share.at_risk}


def _usual_document(usual: Usual) -> dict[str, Any]:
    return {"gaps": usual.count, "median_days": usual.half, "p75_days": usual.most, "p90_days": usual.nearly_all}
