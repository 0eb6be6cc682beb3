"""Store credit: what an app gives and takes, what lapses, what is refused, and what it pays at the checkout."""

from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from devstore.store_credit.account import DEBIT, Account
from tests.devstore.conftest import Watch
from tests.devstore.test_checkout import till
from tests.devstore.test_discounts import gid

assert till
ENTRY = """storeCreditAccountTransaction { id amount { amount currencyCode } event createdAt
  balanceAfterTransaction { amount } account { id balance { amount } owner { ... on Customer { id } } } }
  userErrors { code field message }"""
GIVE = f"""mutation($id: ID!, $in: StoreCreditAccountCreditInput!) {{
  storeCreditAccountCredit(id: $id, creditInput: $in) {{ {ENTRY} }} }}"""
TAKE = f"""mutation($id: ID!, $in: StoreCreditAccountDebitInput!) {{
  storeCreditAccountDebit(id: $id, debitInput: $in) {{ {ENTRY} }} }}"""
READ = """query($id: ID!, $q: String, $reverse: Boolean) { customer(id: $id) { storeCreditAccounts(first: 5) { nodes {
  id balance { amount currencyCode } transactions(first: 20, query: $q, reverse: $reverse) { nodes { __typename event
    amount { amount } balanceAfterTransaction { amount } createdAt
    ... on StoreCreditAccountCreditTransaction { expiresAt remainingAmount { amount } }
    ... on StoreCreditAccountDebitRevertTransaction { debitTransaction { amount { amount } } }
    ... on StoreCreditAccountExpirationTransaction { creditTransaction { amount { amount } } } } } } } } }"""
ONE = "query($id: ID!) { storeCreditAccount(id: $id) { balance { amount } } }"
READING, WRITING = "read_store_credit_accounts", "write_store_credit_account_transactions"


@pytest.fixture
def granted(shop, token, store):
    shop.set_scopes([*store.scopes, READING, WRITING])
    shop.checkout.fixed_rate = 0
    return shop


@pytest.fixture
def ann(granted):
    return granted.create_customer("Ann", email="ann@x.test")


@pytest.fixture
def oud(granted):
    return granted.add_product("Oud", "30")


def money(amount, currency="KWD"):
    return {"amount": amount, "currencyCode": currency}


def give(ask, who, amount, currency="KWD", **more):
    name = who if isinstance(who, str) else gid(who)
    return ask(GIVE, id=name, **{"in": {"creditAmount": money(amount, currency), **more}})["data"][
        "storeCreditAccountCredit"
    ]


def take(ask, who, amount, currency="KWD"):
    name = who if isinstance(who, str) else gid(who)
    return ask(TAKE, id=name, **{"in": {"debitAmount": money(amount, currency)}})["data"]["storeCreditAccountDebit"]


def errors(payload):
    assert payload["storeCreditAccountTransaction"] is None
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


def accounts(ask, who, **given):
    return ask(READ, id=gid(who), **given)["data"]["customer"]["storeCreditAccounts"]["nodes"]


def flow(ask, who, **given):
    """Kind, amount and balance of every transaction of a customer's one account."""
    [account] = accounts(ask, who, **given)
    return [
        (
            one["__typename"].removeprefix("StoreCreditAccount").removesuffix("Transaction"),
            one["amount"]["amount"],
            one["balanceAfterTransaction"]["amount"],
        )
        for one in account["transactions"]["nodes"]
    ]


def test_credit_comes_and_goes(ask, ann):
    first = give(ask, ann, "5.250")["storeCreditAccountTransaction"]
    assert (first["amount"], first["event"]) == (money("5.25"), "ADJUSTMENT")
    assert first["account"]["owner"] == {"id": gid(ann)}
    account = first["account"]["id"]
    give(ask, account, "1")
    last = take(ask, ann, "2.125")["storeCreditAccountTransaction"]
    assert (last["amount"], last["balanceAfterTransaction"]["amount"]) == (money("-2.125"), "4.125")
    assert last["account"]["id"] == account
    assert ask(ONE, id=account)["data"]["storeCreditAccount"] == {"balance": {"amount": "4.125"}}
    assert flow(ask, ann) == [("Credit", "5.25", "5.25"), ("Credit", "1.0", "6.25"), ("Debit", "-2.125", "4.125")]
    assert flow(ask, ann, q="type:debit") == [("Debit", "-2.125", "4.125")]
    assert flow(ask, ann, reverse=True)[0] == ("Debit", "-2.125", "4.125")


def test_each_currency_has_an_account(ask, ann, granted):
    granted.also_shown_in = ("USD",)
    give(ask, ann, "5")
    give(ask, ann, "7.50", "USD")
    assert [one["balance"] for one in accounts(ask, ann)] == [money("5.0"), money("7.5", "USD")]
    assert errors(take(ask, ann, "7.51", "USD")) == [("INSUFFICIENT_FUNDS", ["debitInput", "debitAmount", "amount"])]


def test_what_cannot_be_given_is_refused(ask, ann, granted):
    place = ["creditInput", "creditAmount"]
    nobody = "gid://shopify/Customer/1"
    account = give(ask, ann, "1")["storeCreditAccountTransaction"]["account"]["id"]
    assert errors(give(ask, nobody, "1")) == [("OWNER_NOT_FOUND", ["id"])]
    assert errors(give(ask, "gid://shopify/StoreCreditAccount/1", "1")) == [("ACCOUNT_NOT_FOUND", ["id"])]
    for amount in ("0", "-1"):
        assert errors(give(ask, ann, amount)) == [("NEGATIVE_OR_ZERO_AMOUNT", [*place, "amount"])]
    assert errors(give(ask, ann, "1", "EUR")) == [("UNSUPPORTED_CURRENCY", [*place, "currencyCode"])]
    assert errors(give(ask, account, "1", "USD")) == [("MISMATCHING_CURRENCY", [*place, "currencyCode"])]
    late = give(ask, ann, "1", expiresAt="2026-11-21T09:00:00Z")
    assert errors(late) == [("EXPIRES_AT_IN_PAST", ["creditInput", "expiresAt"])]
    assert errors(give(ask, ann, "99999.001")) == [("CREDIT_LIMIT_EXCEEDED", [*place, "amount"])]
    assert give(ask, ann, "99999")["userErrors"] == []
    assert flow(ask, ann)[1:] == [("Credit", "99999.0", "100000.0")]


def test_what_cannot_be_taken_is_refused(ask, ann, granted):
    place = ["debitInput", "debitAmount"]
    assert errors(take(ask, ann, "1")) == [("ACCOUNT_NOT_FOUND", ["id"])]
    account = give(ask, ann, "1")["storeCreditAccountTransaction"]["account"]["id"]
    assert errors(take(ask, ann, "1.001")) == [("INSUFFICIENT_FUNDS", [*place, "amount"])]
    assert errors(take(ask, ann, "0")) == [("NEGATIVE_OR_ZERO_AMOUNT", [*place, "amount"])]
    assert errors(take(ask, account, "1", "USD")) == [("MISMATCHING_CURRENCY", [*place, "currencyCode"])]
    assert take(ask, ann, "1")["userErrors"] == []


def test_dinars_have_three_decimals_and_no_more(ask, ann):
    answer = ask(GIVE, id=gid(ann), **{"in": {"creditAmount": money("1.0005")}})
    assert answer["data"] == {"storeCreditAccountCredit": None}
    assert accounts(ask, ann) == []


def test_what_lapses_soonest_is_spent_first(ask, ann, watch):
    give(ask, ann, "1")
    give(ask, ann, "2", expiresAt="2026-11-21T09:40:00Z")
    give(ask, ann, "4", expiresAt="2026-11-21T09:20:00Z")
    take(ask, ann, "4.5")
    left = [one["remainingAmount"]["amount"] for one in accounts(ask, ann, q="type:credit")[0]["transactions"]["nodes"]]
    assert left == ["1.0", "1.5", "0.0"]
    watch.forward(minutes=30)
    assert flow(ask, ann)[-1] == ("Debit", "-4.5", "2.5")
    watch.forward(minutes=10)
    assert flow(ask, ann)[-1] == ("Expiration", "-1.5", "1.0")
    [account] = accounts(ask, ann)
    last = account["transactions"]["nodes"][-1]
    assert (last["createdAt"], last["creditTransaction"]) == ("2026-11-21T09:40:00Z", {"amount": {"amount": "2.0"}})
    assert account["balance"] == money("1.0")
    assert account["transactions"]["nodes"][1]["remainingAmount"] == {"amount": "1.5"}


def test_credit_pays_at_the_checkout(ask, ann, oud, till, granted, web):
    give(ask, ann, "12")
    plain = till((oud, 1), customer_id=ann.id)
    assert (plain["credit_held"], plain["credit"], plain["due"]) == ("12.000", "0.000", "30.000")
    paid = till((oud, 1), customer_id=ann.id, credit=True, place=True)
    assert (paid["total"], paid["credit"], paid["due"]) == ("30.000", "12.000", "18.000")
    assert flow(ask, ann)[-1] == ("Debit", "-12.0", "0.0")
    assert "store credit 0.000 KWD" in web.get(f"/store/demo/customers/{ann.id}").text
    [account] = accounts(ask, ann)
    assert account["transactions"]["nodes"][-1]["event"] == "ORDER_PAYMENT"
    [order] = granted.orders.values()
    assert granted.payload("orders/create", order)["payment_gateway_names"] == ["shopify_store_credit", "bogus"]
    give(ask, ann, "100")
    assert till((oud, 1), customer_id=ann.id, credit=True)["due"] == "0.000"


def test_a_guest_has_no_store_credit(ask, ann, oud, till, granted):
    give(ask, ann, "12")
    quote = till((oud, 1), email=ann.email, credit=True, place=True, status=422)
    assert (quote["credit_held"], quote["error"]) == ("0.000", "Sign in to pay with store credit.")
    assert not granted.orders


def test_a_refund_gives_credit_back_after_the_other_money(ask, ann, oud, till, granted, watch):
    give(ask, ann, "12", expiresAt="2026-11-21T09:30:00Z")
    paid = till((oud, 1), customer_id=ann.id, credit=True, place=True)
    number = paid["order"]["id"]
    granted.refund(number, "18")
    assert flow(ask, ann)[-1] == ("Debit", "-12.0", "0.0")
    granted.refund(number, "5")
    assert flow(ask, ann)[-1] == ("DebitRevert", "5.0", "5.0")
    granted.refund(number, "3")
    assert flow(ask, ann)[-1] == ("DebitRevert", "3.0", "8.0")
    granted.cancel(number)
    assert flow(ask, ann)[-1] == ("DebitRevert", "4.0", "12.0")
    [account] = accounts(ask, ann)
    last = account["transactions"]["nodes"][-1]
    assert (last["event"], last["debitTransaction"]) == ("ORDER_CANCELLATION", {"amount": {"amount": "-12.0"}})
    watch.forward(minutes=30)
    assert flow(ask, ann)[-1] == ("Expiration", "-12.0", "0.0")


def test_a_return_gives_credit_back(ask, ann, oud, till, granted):
    give(ask, ann, "12")
    number = till((oud, 1), customer_id=ann.id, credit=True, place=True)["order"]["id"]
    line = granted.orders[number].lines[0].id
    found = granted.returns.open(number, {line: 1})
    granted.returns.process(number, found.id)
    granted.returns.refund(number, found.id)
    assert flow(ask, ann)[-1] == ("DebitRevert", "12.0", "12.0")


def test_what_comes_back_too_late_lapses_at_once(ask, ann, oud, till, granted, watch):
    give(ask, ann, "50", expiresAt="2026-11-21T09:10:00Z")
    number = till((oud, 1), customer_id=ann.id, credit=True, place=True)["order"]["id"]
    watch.forward(minutes=20)
    assert flow(ask, ann)[-2:] == [("Debit", "-30.0", "20.0"), ("Expiration", "-20.0", "0.0")]
    granted.cancel(number)
    assert flow(ask, ann)[-2:] == [("DebitRevert", "30.0", "30.0"), ("Expiration", "-30.0", "0.0")]


def test_who_has_store_credit_is_not_merged(ask, ann, granted, web):
    give(ask, ann, "1")
    other = granted.create_customer("Bea")
    page = web.post(f"/store/demo/customers/{other.id}/merge", data={"number": ann.id})
    assert page.status_code == 400
    assert "They were not merged: a customer who has store credit cannot be merged." in page.text
    take(ask, ann, "1")
    granted.merge_customers(other.id, ann.id)
    assert ann.id not in granted.customers


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [([], WRITING), ([READING], WRITING), ([WRITING], READING)],
)
def test_an_app_without_the_permissions_is_refused(shop, token, store, ask, scopes, missing):
    customer = shop.create_customer("Ann")
    shop.set_scopes([*store.scopes, *scopes])
    answer = ask(GIVE, id=gid(customer), **{"in": {"creditAmount": money("1")}})
    assert [one["extensions"]["requiredAccess"] for one in answer["errors"]] == [f"`{missing}` access scope."]
    assert bool(shop.credit.accounts(customer.id)) is (WRITING in scopes)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), st.integers(1, 90), st.one_of(st.none(), st.integers(1, 20))),
        st.tuples(st.just("take"), st.integers(1, 90), st.none()),
        st.tuples(st.just("back"), st.integers(1, 90), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 8), st.none()),
    ),
    max_size=25,
)


def change(account, new_id, now, step):
    """Give, take or give back, as far as there is something to take or to give back."""
    what, amount, more = step
    if what == "give":
        account.give(new_id, amount, now, None if more is None else now + timedelta(days=more))
    elif what == "take" and amount <= account.balance:
        account.take(new_id, amount, now)
    elif what == "back":
        debits = [(one, sum(part for _, part in one.drawn)) for one in account.entries if one.kind == DEBIT]
        for debit, kept in [(one, kept) for one, kept in debits if kept][more : more + 1]:
            account.revert(new_id, debit, min(amount, kept), now, "ORDER_REFUND")


@drawn(STEPS)
def test_an_account_adds_up_whatever_happens(steps):
    """Balances are running sums and never below nothing; what can be spent is what live credits have left."""
    numbers, account, now = iter(range(1, 10_000)), Account(1, 1, "KWD"), Watch()()
    for step in steps:
        now += timedelta(days=step[1] if step[0] == "wait" else 0)
        account.lapse(lambda _kind: next(numbers), now)
        change(account, lambda _kind: next(numbers), now, step)
        account.lapse(lambda _kind: next(numbers), now)
        assert [one.balance for one in account.entries] == list(accumulate(one.amount for one in account.entries))
        assert all(one.balance >= 0 for one in account.entries)
        live = [one for one in account.entries if one.left and not one.lapsed]
        assert account.balance == sum(one.left for one in live)
        assert all(one.expires_at is None or one.expires_at > now for one in live)
        assert [one.at for one in account.entries] == sorted(one.at for one in account.entries)
