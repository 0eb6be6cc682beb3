"""The columns of points in files, in JSON and in the full export."""

from typing import Any

from shopify_app.loyalty.programme.prize import CREDIT
from shopify_app.money import Money
from shopify_app.table import Column, Table

ENTRIES: Table[Any] = Table(
    "points_log",
    (
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
        Column("seq", "count", "Entry", lambda row: row.seq, personal=True),
        Column("kind", "text", "What happened", lambda row: row.kind, personal=True),
        Column("cause", "text", "Because of", lambda row: row.cause, personal=True),
        Column("points", "number", "Points", lambda row: row.points, personal=True),
        Column("released", "count", "No longer pending", lambda row: row.moved, personal=True),
        Column("balance", "number", "Balance afterwards", lambda row: row.balance, personal=True),
        Column("takes_back", "number", "Takes back entry", lambda row: row.reverses, personal=True),
        Column("rule", "number", "Version of the programme", lambda row: row.rule),
        Column("by", "text", "By whom", lambda row: row.actor),
        Column("happened_at", "moment", "Happened", lambda row: row.at, personal=True),
        Column("written_at", "moment", "Written", lambda row: row.known_at, personal=True),
    ),
)
CAUSES: Table[Any] = Table(
    "points_lots_and_uses",
    (
        Column("cause", "text", "Because of", lambda row: row.cause, personal=True),
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
        Column("sort", "text", "Given, used or ended", lambda row: row.sort, personal=True),
        Column("points", "count", "Points", lambda row: row.points, personal=True),
        Column("happened_at", "moment", "Happened", lambda row: row.at, personal=True),
        Column("available_at", "moment", "Can be spent from", lambda row: row.available_at, personal=True),
        Column("rule", "number", "Version of the programme", lambda row: row.rule),
    ),
)
BALANCES: Table[Any] = Table(
    "points_accounts",
    (
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
        Column("balance", "number", "Balance", lambda row: row.balance, personal=True),
        Column("available", "count", "Available points", lambda row: row.available, personal=True),
        Column("pending", "count", "Pending points", lambda row: row.pending, personal=True),
        Column("owed", "count", "Points owed", lambda row: row.debt, personal=True),
        Column("opened_at", "moment", "Since", lambda row: row.opened_at, personal=True),
        Column("ends_at", "moment", "Next points end", lambda row: row.ends_at, personal=True),
        Column("ending", "count", "Points that end then", lambda row: row.ending, personal=True),
    ),
)
BY_HAND: Table[Any] = Table(
    "points_by_hand",
    (
        Column("cause", "text", "Because of", lambda row: row.cause, personal=True),
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
        Column("points", "number", "Points", lambda row: row.points, personal=True),
        Column("reason", "text", "Reason", lambda row: row.reason, personal=True),
        Column("happened_at", "moment", "Happened", lambda row: row.at, personal=True),
        Column("by", "text", "By whom", lambda row: row.actor),
        Column("undone_at", "moment", "Undone", lambda row: row.undone_at, personal=True),
    ),
)
GIFTS: Table[Any] = Table(
    "opening_gifts",
    (
        Column("gift_id", "text", "Gift", lambda row: row.gift_id),
        Column("state", "text", "What became of it", lambda row: row.state),
        Column("months", "count", "Months of earlier orders", lambda row: row.months),
        Column("most", "number", "Most points of a customer", lambda row: row.most),
        Column("since", "moment", "Orders from", lambda row: row.since),
        Column("until", "moment", "Orders before", lambda row: row.until),
        Column("people", "count", "Customers", lambda row: row.people),
        Column("points", "count", "Points", lambda row: row.points),
        Column("taken_back", "count", "Points taken back", lambda row: row.taken_back),
        Column("rule", "number", "Version of the programme", lambda row: row.rule),
        Column("by", "text", "By whom", lambda row: row.actor),
        Column("given_at", "moment", "Given", lambda row: row.given_at),
    ),
)
BROUGHT: Table[Any] = Table(
    "brought_balances",
    (
        Column("file_id", "text", "File", lambda row: row.file_id),
        Column("state", "text", "What became of it", lambda row: row.state),
        Column("lines", "count", "Lines", lambda row: row.lines),
        Column("people", "count", "Customers", lambda row: row.people),
        Column("points", "count", "Points", lambda row: row.points),
        Column("taken_back", "count", "Points taken back", lambda row: row.taken_back),
        Column("rule", "number", "Version of the programme", lambda row: row.rule),
        Column("by", "text", "By whom", lambda row: row.actor),
        Column("brought_at", "moment", "Brought", lambda row: row.asked_at),
        Column("given_at", "moment", "Given", lambda row: row.given_at),
        Column("undone_at", "moment", "Undone", lambda row: row.undone_at),
    ),
)
MEMBERS: Table[Any] = Table(
    "points_members",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
    ),
)
PROGRAMME: Table[Any] = Table(
    "programme_versions",
    (
        Column("version", "number", "Version of the programme", lambda row: row.number),
        Column("since", "moment", "Since", lambda row: row.since),
        Column("rule", "text", "What it says", lambda row: row.rule),
        Column("by", "text", "By whom", lambda row: row.actor),
    ),
)
REWARDS: Table[Any] = Table(
    "rewards",
    (
        Column("reward_id", "text", "Reward", lambda row: row.reward_id, personal=True),
        Column("account_id", "number", "Points account", lambda row: row.account_id, personal=True),
        Column("state", "text", "What became of it", lambda row: row.state, personal=True),
        Column("points", "count", "Points", lambda row: row.points, personal=True),
        Column("worth", "text", "Worth", lambda row: str(Money(row.amount, row.currency).decimal()), personal=True),
        Column("worth_currency", "text", "Currency", lambda row: row.currency),
        Column("kind", "text", "Kind of reward", lambda row: row.kind),
        Column("percent", "number", "Percent", lambda row: row.percent),
        Column("product_id", "number", "Product number", lambda row: row.product_id),
        Column("code", "text", "Code", lambda row: None if row.kind == CREDIT else row.code, personal=True),
        Column("asked_at", "moment", "Asked for", lambda row: row.asked_at, personal=True),
        Column("ends_at", "moment", "Good until", lambda row: row.ends_at, personal=True),
        Column("closed_at", "moment", "Used or given back", lambda row: row.closed_at, personal=True),
        Column("order_id", "number", "Order number", lambda row: row.order_id, personal=True),
        Column("by", "text", "By whom", lambda row: row.actor),
    ),
)
