"""Every message key that the product speaks, found in its code and templates."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, nodes

from shopify_app.loyalty.brought.file import COMPLAINTS
from shopify_app.loyalty.ledger import tables as ledger
from shopify_app.loyalty.programme.change_telling import ASPECTS
from shopify_app.loyalty.programme.rate_telling import MONTH_TITLES
from shopify_app.loyalty.programme.telling import OCCASIONS
from shopify_app.pages.customer.points.by_hand import SUMS as BY_HAND_SUMS
from shopify_app.pages.customer.points.by_hand import WAYS as BY_HAND_WAYS
from shopify_app.pages.loyalty import brought_telling as brought
from shopify_app.pages.loyalty import called, costing, entries
from shopify_app.pages.loyalty.entry_file import FILED
from shopify_app.pages.loyalty.gift import GOING as GIFT_GOING
from shopify_app.pages.loyalty.gift import SENTENCES as GIFT_SENTENCES
from shopify_app.pages.loyalty.gift import SHARES as GIFT_SHARES
from shopify_app.pages.loyalty.gift import WORKING as GIFT_WORKING
from shopify_app.pages.loyalty.large import UNDO_SENTENCES
from shopify_app.pages.loyalty.panel import CALENDAR_TITLES, ENDS_TITLES
from shopify_app.pages.loyalty.panel import READY_TITLES as READY_PROGRAMMES
from shopify_app.pages.loyalty.rates import NOW_TITLES, SEASON_TITLES, WHAT_TITLES
from shopify_app.pages.loyalty.rewards import KIND_TITLES
from shopify_app.pages.loyalty.start import SENTENCES as STEP_SENTENCES
from shopify_app.pages.loyalty.start import STEP_TITLES, WHY
from shopify_app.pages.loyalty.versions import FILE as VERSIONS
from shopify_app.pages.messages import telling as writing
from shopify_app.privacy.access.presenting import REASONS, TABLES
from shopify_app.privacy.requests import presenting as requests
from shopify_app.retention.coming_back import grouping
from shopify_app.retention.coming_back import presenting as coming_back
from shopify_app.retention.matching import presenting as matching
from shopify_app.retention.people.listing import presenting as people
from shopify_app.retention.presenting import BASIS_TITLES, CHANGE_TITLES, DRILL_TITLES, UNIT_TITLES, WINDOW_TITLES
from shopify_app.retention.registry import METRICS
from shopify_app.retention.story import STATUSES
from shopify_app.retention.timing import presenting as timing
from shopify_app.retention.timing import telling
from shopify_app.segments.building import FIELD_TITLES, HOW_TITLES, MATCH_TITLES
from shopify_app.segments.presenting import SHOPIFYS_GROUPS
from shopify_app.segments.ready import READY

ROOT = Path(__file__).resolve().parent.parent
_FOR_OPERATORS = {
    "backup_commands.py",
    "commands.py",
    "config.py",
    "crypto.py",
    "health.py",
    "registry.py",
    "db",
    "versions",
    "invariants",
    "tracing",
}
"""Parts whose sentences no merchant reads, or whose keys are found in their tables."""

_TEXT, _PLURAL = "text", "plural"


@dataclass(frozen=True)
class Message:
    """A key, its plural key where it has one, and the file that speaks it."""

    key: str
    many: str | None
    where: str


def messages() -> list[Message]:
    """All of them, from templates, calls, failures and tables of sentences and titles."""
    found = {*_templates(), *_code(), *_tables(), *_timing_tables(), *_segments(), *_choices()}
    found |= {*_rates(), *_points(), *_brought()}
    return sorted(found, key=lambda message: (message.where, message.key))


def _tables() -> Iterator[Message]:
    """Keys that stand in tables and are too short to be told from other strings."""
    for metric in METRICS.values():
        for key in (metric.title, metric.sentence, metric.formula, *metric.definition.values()):
            yield Message(key, None, "shopify_app/retention/registry.py")
    for status in STATUSES.values():
        yield Message(status, None, "shopify_app/retention/story.py")
    for title in (*matching.TITLES.values(), *matching.CAUSES.values()):
        yield Message(title, None, "shopify_app/retention/matching/presenting.py")
    for key in (*REASONS.values(), *requests.STATES.values(), *requests.ACTORS.values()):
        yield Message(key, None, "shopify_app/privacy/requests/presenting.py")
    for one, many in (*requests.DONE, requests.EMPTIED):
        yield Message(one, many, "shopify_app/privacy/requests/presenting.py")
    yield from _coming_back()
    titles = (*BASIS_TITLES.values(), *UNIT_TITLES.values(), *WINDOW_TITLES.values(), *DRILL_TITLES.values())
    for key in (*titles, *CHANGE_TITLES.values()):
        yield Message(key, None, "shopify_app/retention/presenting.py")


def _coming_back() -> Iterator[Message]:
    seen = (coming_back.PERIODS, coming_back.BACK, coming_back.BOUGHT, coming_back.SHOWN, coming_back.SAID)
    for key in (title for table in seen for title in table.values()):
        yield Message(key, None, "shopify_app/retention/coming_back/presenting.py")
    for key in (*grouping.SPLITS.values(), *grouping.CHANNELS.values()):
        yield Message(key, None, "shopify_app/retention/coming_back/grouping.py")


def _timing_tables() -> Iterator[Message]:
    for key in timing.PLACE_TITLES.values():
        yield Message(key, None, "shopify_app/retention/timing/presenting.py")
    of_figures = (key for both in telling.FIGURE_TITLES.values() for key in both)
    for key in (*telling.AGAINST_TITLES.values(), *telling.SEASON_TITLES.values(), telling.BLACK_FRIDAY, *of_figures):
        yield Message(key, None, "shopify_app/retention/timing/telling.py")


def _segments() -> Iterator[Message]:
    for key in (*FIELD_TITLES.values(), *HOW_TITLES.values(), *MATCH_TITLES.values()):
        yield Message(key, None, "shopify_app/segments/building.py")
    for key in (writing.MAY, writing.OTHER, *writing.BECAUSE.values(), *writing.HELPS.values()):
        yield Message(key, None, "shopify_app/pages/messages/telling.py")
    for key in SHOPIFYS_GROUPS.values():
        yield Message(key, None, "shopify_app/segments/presenting.py")
    for ready in READY.values():
        yield Message(ready.title, None, "shopify_app/segments/ready.py")


def _choices() -> Iterator[Message]:
    """What lists of customers can be, and be sorted by; what tells of people."""
    for title in TABLES.values():
        yield Message(title, None, "shopify_app/privacy/access/presenting.py")
    for title in (*people.SORT_TITLES.values(), *people.BOUGHT_TITLES.values(), *(title for title, _ in people.READY)):
        yield Message(title, None, "shopify_app/retention/people/listing/presenting.py")


def _rates() -> Iterator[Message]:
    """What earns more or less, and when."""
    for title in (*WHAT_TITLES.values(), *SEASON_TITLES.values(), *NOW_TITLES.values()):
        yield Message(title, None, "shopify_app/pages/loyalty/rates.py")
    for title in (*(aspect.title for aspect in ASPECTS), "Reward", "Products and seasons"):
        yield Message(title, None, "shopify_app/loyalty/programme/change_telling.py")
    for title in MONTH_TITLES:
        yield Message(title, None, "shopify_app/loyalty/programme/rate_telling.py")


def _points() -> Iterator[Message]:
    """Entries of the ledger, the columns of its files, the ready programmes."""
    for sentence in (*entries.SENTENCES.values(), *entries.TAKEN.values(), *entries.CAME.values()):
        yield Message(sentence, None, "shopify_app/pages/loyalty/entries.py")
    choices = (
        READY_PROGRAMMES,
        ENDS_TITLES,
        CALENDAR_TITLES,
        BY_HAND_WAYS,
        BY_HAND_SUMS,
        OCCASIONS,
        called.TITLES,
        UNDO_SENTENCES,
        GIFT_WORKING,
        GIFT_GOING,
    )
    screens = (STEP_TITLES, STEP_SENTENCES, WHY)
    for title in (title for titles in (*choices, *screens) for title in titles.values()):
        yield Message(title, None, "shopify_app/pages/loyalty/panel.py")
    for title in costing.TRIAL_TITLES.values():
        yield Message(title, None, "shopify_app/pages/loyalty/costing.py")
    for sentence in GIFT_SENTENCES.values():
        yield Message(sentence, None, "shopify_app/pages/loyalty/gift.py")
    for title in KIND_TITLES.values():
        yield Message(title, None, "shopify_app/pages/loyalty/rewards.py")
    for table in (
        ledger.ENTRIES,
        ledger.CAUSES,
        ledger.BALANCES,
        ledger.MEMBERS,
        ledger.PROGRAMME,
        ledger.REWARDS,
        ledger.BY_HAND,
        ledger.GIFTS,
        ledger.BROUGHT,
        brought.LEFT,
        GIFT_SHARES,
        FILED,
        VERSIONS,
    ):
        for column in table.columns:
            yield Message(column.title, None, "shopify_app/loyalty/ledger/tables.py")


def _brought() -> Iterator[Message]:
    """Files of balances: how far they are, why a line or a whole file brings nothing."""
    for sentence in (*brought.SENTENCES.values(), *brought.REASONS.values()):
        yield Message(sentence, None, "shopify_app/pages/loyalty/brought_telling.py")
    for sentence in COMPLAINTS:
        yield Message(sentence, None, "shopify_app/loyalty/brought/file.py")


def _templates() -> Iterator[Message]:
    environment = Environment()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        tree = environment.parse(path.read_text())
        for call in tree.find_all(nodes.Call):
            name = _spoken(call.node)
            if name:
                yield _message(name, [getattr(arg, "value", None) for arg in call.args], path)


def _spoken(node: nodes.Expr) -> str | None:
    if isinstance(node, nodes.Name):
        return {"t": _TEXT, "plural": _PLURAL}.get(node.name)
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "words":
        return node.attr if node.attr in (_TEXT, _PLURAL) else None
    return None


def _message(kind: str, arguments: list[object], path: Path) -> Message:
    where = str(path.relative_to(ROOT))
    first = arguments[0]
    assert isinstance(first, str), f"{where}: a key must stand where it is spoken"
    many = arguments[1] if kind == _PLURAL else None
    assert many is None or isinstance(many, str), where
    return Message(first, many, where)


def _code() -> Iterator[Message]:
    for path in sorted((ROOT / "shopify_app").rglob("*.py")):
        if _FOR_OPERATORS.isdisjoint(path.relative_to(ROOT).parts):
            yield from _module(path)


def _module(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text())
    passed_over = {id(node) for node in _not_spoken(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node, path)
        elif isinstance(node, ast.Constant) and id(node) not in passed_over and _is_sentence(node.value):
            yield Message(str(node.value), None, str(path.relative_to(ROOT)))


def _call(node: ast.Call, path: Path) -> Iterator[Message]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if name == _TEXT and texts and isinstance(texts[0], str):
        yield _message(_TEXT, [texts[0]], path)
    elif name == _PLURAL and texts:
        yield _message(_PLURAL, list(texts), path)
    elif isinstance(node.func, ast.Name) and node.func.id == "Column" and len(texts) > 2:
        # A column of a table: its name, its kind, its title.
        yield _message(_TEXT, [texts[2]], path)


def _not_spoken(tree: ast.AST) -> Iterator[ast.AST]:
    """What is written for programmers and operators: docstrings, settings' complaints, log lines, plural keys."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call) and _name(node.func) in _FOR_PROGRAMMERS:
            yield from ast.walk(node)
        elif isinstance(node, ast.Call) and _name(node.func) == _PLURAL:
            yield from node.args


_FOR_PROGRAMMERS = {"BadConfig", "ValueError", "RuntimeError", "AssertionError", "info", "warning", "error"}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_sentence(value: object) -> bool:
    """A sentence in a table or in a failure: it is spoken wherever its message is shown."""
    return isinstance(value, str) and value[:1].isupper() and " " in value and value.endswith((".", "?"))
