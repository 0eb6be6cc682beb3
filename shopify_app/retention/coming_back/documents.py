"""Cohorts for programs: the columns of their file, and the page as JSON. Pure; shares exact."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shopify_app.retention.coming_back.cohorts import Cell, Cohort, Show, average
from shopify_app.retention.coming_back.splits import WITHIN, Group
from shopify_app.table import Column, Table, decimal_text


@dataclass(frozen=True, slots=True)
class CellRow:
    """One line of the file."""

    cohort: Cohort
    cell: Cell


CELLS: Table[CellRow] = Table(
    "coming_back",
    (
        Column("first_order_from", "day", "First order from", lambda row: row.cohort.span.start),
        Column("first_order_to", "day", "First order to", lambda row: row.cohort.span.end),
        Column("people", "count", "People", lambda row: row.cohort.size),
        Column("people_all_known", "yes", "All of them are known", lambda row: row.cohort.whole),
        Column("periods_later", "count", "Periods later", lambda row: row.cell.age),
        Column("period_over", "yes", "The period is over", lambda row: row.cell.over),
        Column("came_back", "count", "Came back by then", lambda row: row.cell.back),
        Column("came_back_share", "share", "Share that came back by then", lambda row: _share(row, row.cell.back)),
        Column("bought", "count", "Bought in that period", lambda row: row.cell.bought),
        Column("bought_share", "share", "Share that bought in that period", lambda row: _share(row, row.cell.bought)),
        Column("orders", "count", "Orders", lambda row: row.cell.orders),
        Column("net", "money", "Net sales", lambda row: row.cell.net),
        Column("net_so_far", "money", "Net sales so far", lambda row: row.cell.net_so_far),
    ),
)


def _share(row: CellRow, counted: int) -> Fraction | None:
    return Fraction(counted, row.cohort.size) if row.cohort.size else None


def cell_rows(cohorts: Iterable[Cohort]) -> Iterator[CellRow]:
    """Every cell there is, oldest cohort first."""
    for cohort in cohorts:
        for cell in cohort.cells if cohort.size else ():
            yield CellRow(cohort, cell)


def document(cohorts: Sequence[Cohort], currency: str) -> dict[str, Any]:
    """All cohorts with their cells, and the averages of the cells to which nothing more can come."""
    ages = range(max((len(one.cells) for one in cohorts), default=0))
    return {
        "cells": [CELLS.document(row, currency) for row in cell_rows(cohorts)],
        "averages": [_average(cohorts, age) for age in ages],
        "currency": currency,
    }


def _average(cohorts: Sequence[Cohort], age: int) -> dict[str, Any]:
    back, bought = (average(cohorts, age, show) for show in (Show.BACK, Show.BOUGHT))
    return {
        "periods_later": age,
        "people": back.people,
        "came_back_share": decimal_text(back.figure(Show.BACK)),
        "bought_share": decimal_text(bought.figure(Show.BOUGHT)),
    }


def groups_document(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Groups with the share that came back within each number of months, of those of whom that is known."""
    return [
        {
            "group": one.name,
            "people": one.size,
            "within_months": {
                str(months): {
                    "people": one.within[months].people,
                    "came_back": one.within[months].back,
                    "came_back_share": decimal_text(one.within[months].share),
                }
                for months in WITHIN
            },
        }
        for one in groups
    ]
