"""What is in Shopify of a segment, in words: how it stands, what would change, what can be done about it. Pure."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.language import Words
from shopify_app.retention.presenting import Fact
from shopify_app.retention.sight import Sight
from shopify_app.segments.outward.asking import SCOPE, SINGLY, Plan, Standing
from shopify_app.segments.outward.looking import Looked
from shopify_app.segments.outward.model import TAG
from shopify_app.shops.access import OPTIONAL

ADMIN_SEGMENT = "shopify://admin/customers/segments/"
CALLS_A_MINUTE = 60
"""How many calls Shopify answers an app at least, each of these being dear."""

State = Literal["blind", "reading", "out", "writing", "failed", "withdrawn", "in", "due"]


@dataclass(frozen=True, slots=True)
class Here:
    """What is known besides: of the shop, and of who is told."""

    words: Words
    zone: ZoneInfo
    sight: Sight
    read: bool
    """Whether all orders have been read."""
    allowed: bool
    """Whether we may change customers, as far as we know."""


@dataclass(frozen=True, slots=True)
class InShopify:
    """The section of a segment's page."""

    state: State
    sentences: list[str]
    facts: list[Fact]
    problem: str | None = None
    put: str | None = None
    """The button that has it written, where that can be asked for."""
    tagging: str | None = None
    """Said beside the field for a tag; None where none can be given."""
    tag: str | None = None
    """The tag that can be taken off alone."""
    wanted: bool = False
    """Whether it is to be in Shopify, so that it can be taken out."""
    take_out: list[str] = field(default_factory=list)
    """What taking it out would do; empty where nothing is there."""
    again: bool = False
    """Whether what failed was to take it out: that is what is tried again."""
    admin_href: str | None = None
    bar: int = 0
    full: int = 0


def told(looked: Looked, here: Here) -> InShopify:
    """The section as it stands now."""
    state, there = state_of(looked, here), looked.standing
    section = _SECTIONS[state](looked, here)
    if there is None or not there.there:
        return section
    href = f"{ADMIN_SEGMENT}{there.shopify_id}" if there.wanted and there.shopify_id is not None else None
    return replace(section, wanted=there.wanted, take_out=_take_out(there, here.words), admin_href=href)


def state_of(looked: Looked, here: Here) -> State:
    """One word for it."""
    there = looked.standing
    if there is not None and there.there and not here.allowed and not _active(there):
        return "withdrawn"
    if there is not None and there.due:
        return "writing" if _active(there) else "failed"
    if not (here.sight.orders and here.sight.customers):
        return "blind"
    if there is not None and there.wanted:
        return "in" if looked.plan is None or looked.plan.nothing else "due"
    return "out" if here.read else "reading"


def _active(there: Standing) -> bool:
    return there.due and there.task is not None and there.task.active


# ---- one for each state ----


def _blind(looked: Looked, here: Here) -> InShopify:
    facts = _standing_facts(looked.standing, here) if looked.standing and looked.standing.there else []
    sentence = here.words.text("Customers can be marked in Shopify once Wafa may see who bought.")
    return InShopify("blind", [sentence], facts)


def _reading(_looked: Looked, here: Here) -> InShopify:
    sentence = "Once all your orders have been read, you can put this segment into Shopify."
    return InShopify("reading", [here.words.text(sentence)], [])


def _out(looked: Looked, here: Here) -> InShopify:
    words, plan = here.words, looked.plan or Plan(0, 0, 0, 0, 0, bulk=False)
    many = plan.add
    if many:
        what = words.plural(
            "Put it into Shopify: Wafa marks this {n} customer there, and Shopify keeps a segment of them for "
            "e-mails and discounts.",
            "Put it into Shopify: Wafa marks these {n} customers there, and Shopify keeps a segment of them for "
            "e-mails and discounts.",
            many,
        )
    else:
        what = words.text(
            "Nobody is in it now. You can put it into Shopify all the same: whoever comes into it is marked there, and "
            "Shopify keeps a segment of them for e-mails and discounts."
        )
    nightly = words.text("Every night Wafa writes there who has come in and who has left. You can take it out again.")
    return InShopify(
        "out",
        [what, nightly, *_asked_first(here)],
        [*_changes(plan, words), *_tag_fact(None, words), _duration(plan, words)],
        put=words.text("Put it into Shopify"),
        tagging=_tagging(many, words),
    )


def _in(looked: Looked, here: Here) -> InShopify:
    there, words = _there(looked), here.words
    return InShopify(
        "in",
        [words.text("Shopify has it as it is here. Every night Wafa writes there who has come in and who has left.")],
        _standing_facts(there, here),
        tagging=None if there.tag else _tagging(there.members, words),
        tag=there.tag,
    )


def _due(looked: Looked, here: Here) -> InShopify:
    there, words, plan = _there(looked), here.words, looked.plan
    changes = [*_changes(plan, words), _duration(plan, words)] if plan else []
    return InShopify(
        "due",
        [words.text("It has changed since it was last written. Tonight Wafa writes that, or now if you like.")],
        [*_standing_facts(there, here), *changes],
        put=words.text("Bring it up to date now"),
        tagging=None if there.tag else _tagging(there.members, words),
        tag=there.tag,
    )


def _writing(looked: Looked, here: Here) -> InShopify:
    there, words = _there(looked), here.words
    doing = "It is being written in Shopify. You can leave this page."
    leaving = "It is being taken out of Shopify. You can leave this page."
    section = InShopify("writing", [words.text(doing) if there.wanted else words.text(leaving)], [])
    task = there.task
    if task is None or not task.total:
        return section
    done = words.text("{done} of {total}", done=words.number(task.done), total=words.number(task.total))
    written = Fact(words.text("Written so far"), done)
    return replace(section, facts=[written], bar=min(task.done, task.total), full=task.total)


def _failed(looked: Looked, here: Here) -> InShopify:
    there, words = _there(looked), here.words
    why = words.text(there.task.error) if there.task and there.task.error else None
    return InShopify(
        "failed",
        [words.text("What was written stays. Trying again goes on with what is missing.")],
        _standing_facts(there, here),
        problem=why or words.text("It was stopped before the end."),
        put=words.text("Try again"),
        again=not there.wanted,
    )


def _withdrawn(looked: Looked, here: Here) -> InShopify:
    there, words = _there(looked), here.words
    stays = "What is in Shopify stays there as it was last written, and nothing of it is kept up to date or taken out."
    return InShopify(
        "withdrawn",
        [words.text(stays), words.text("Press the button and allow it, and Wafa goes on.")],
        _standing_facts(there, here),
        problem=words.text("Wafa may no longer change customers in Shopify."),
        put=words.text("Allow it again"),
        again=not there.wanted,
    )


_SECTIONS = {
    "blind": _blind,
    "reading": _reading,
    "out": _out,
    "writing": _writing,
    "failed": _failed,
    "withdrawn": _withdrawn,
    "in": _in,
    "due": _due,
}


# ---- what they are made of ----


def _there(looked: Looked) -> Standing:
    if looked.standing is None:
        raise ValueError("nothing was ever asked for")
    return looked.standing


def _asked_first(here: Here) -> list[str]:
    if here.allowed:
        return []
    return [here.words.text(need.without) for need in OPTIONAL if need.scope == SCOPE]


def _standing_facts(there: Standing, here: Here) -> list[Fact]:
    words = here.words
    facts = [Fact(words.text("Customers marked in Shopify"), words.number(there.members))]
    facts += _tag_fact(there.tag, words)
    if there.written_at is not None:
        facts.append(Fact(words.text("Last written"), _moment(there.written_at, here)))
    return facts


def _moment(moment: Instant, here: Here) -> str:
    day = here.words.day(local_day(moment, here.zone))
    return here.words.text("{day}, {time}", day=day, time=here.words.time(moment, here.zone))


def _tag_fact(tag: str | None, words: Words) -> list[Fact]:
    return [Fact(words.text("Tag"), words.isolated(tag) if tag else words.text("None"))]


def _changes(plan: Plan, words: Words) -> list[Fact]:
    counts = {words.text("Customers to be marked"): plan.add, words.text("To be unmarked"): plan.remove}
    return [Fact(title, words.number(count)) for title, count in counts.items() if count]


def _duration(plan: Plan, words: Words) -> Fact:
    return Fact(words.text("Takes"), how_long(plan.calls, words, bulk=plan.bulk))


def _tagging(people: int, words: Words) -> str:
    takes = how_long(people, words, bulk=people > SINGLY[TAG])
    what = words.text("Only if you want one: each of them gets it, on their page in Shopify and for other apps.")
    return f"{what} {words.text('It takes longer: {takes}.', takes=takes)}" if people else what


def how_long(calls: int, words: Words, *, bulk: bool) -> str:
    """About how long so many calls take; in bulk Shopify works through them by itself."""
    if bulk:
        return words.text("some minutes, with very many customers some hours")
    minutes = -(-calls // CALLS_A_MINUTE)
    return words.plural("about {n} minute", "about {n} minutes", max(1, minutes))


def _take_out(there: Standing, words: Words) -> list[str]:
    """What it does to take it out."""
    done = [
        words.plural(
            "The mark comes off {n} customer in Shopify, and Shopify's segment goes.",
            "The mark comes off {n} customers in Shopify, and Shopify's segment goes.",
            there.members,
        )
    ]
    if there.tag:
        off = "The tag “{tag}” comes off them, also off those who had it before."
        done.append(words.text(off, tag=words.isolated(there.tag)))
    done.append(words.text("E-mails and discounts that use the segment have nobody any more."))
    return done


def document(looked: Looked, here: Here) -> dict[str, Any]:
    """The same for a program."""
    there, plan = looked.standing, looked.plan
    return {
        "state": state_of(looked, here),
        "allowed": here.allowed,
        "standing": None if there is None else _standing_document(there),
        "plan": None if plan is None else {name: getattr(plan, name) for name in _PLANNED},
    }


_PLANNED = ("add", "remove", "tag_add", "tag_remove", "calls", "bulk")


def _standing_document(there: Standing) -> dict[str, Any]:
    return {
        "wanted": there.wanted,
        "tag": there.tag,
        "members": there.members,
        "tagged": there.tagged,
        "segment": None if there.shopify_id is None else f"gid://shopify/Segment/{there.shopify_id}",
        "written_at": there.written_at.isoformat() if there.written_at else None,
        "due": there.due,
        "error": there.task.error if there.due and there.task and not there.task.active else None,
    }
