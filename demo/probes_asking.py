"""Asking a shop's Admin API for the probes: one token, one shop, throttling waited for; and what a probe says."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import requests

from shopify_app.admin_api.pacing import retry_after, throttle_wait
from shopify_app.config import API_VERSION

TIMEOUT = (5, 60)
_TRIES = 30
Document = dict[str, Any]

CONFIRMED, REFUTED, UNTESTABLE = "confirmed", "refuted", "not testable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe found, and on what grounds."""

    word: str
    grounds: str


class Unanswered(Exception):
    """The shop did not answer in a way that a probe can use; the text says what it said."""


@dataclass(slots=True)
class Reply:
    """One answer, as it came."""

    status: int
    body: Document

    @property
    def codes(self) -> set[str]:
        """The codes of its errors."""
        errors = self.body.get("errors")
        listed = errors if isinstance(errors, list) else []
        return {str((error.get("extensions") or {}).get("code", "")) for error in listed}

    @property
    def cost(self) -> Document:
        """What it says of the call allowance."""
        cost: Document = (self.body.get("extensions") or {}).get("cost") or {}
        return cost


@dataclass(eq=False)
class Shop:
    """One shop, asked with one access token; `base` is a development store's address, else the shop is Shopify's."""

    domain: str
    token: str
    base: str = ""
    http: requests.Session = field(default_factory=requests.Session)
    sleep: Callable[[float], None] = time.sleep

    def ask(self, query: str, /, *, token: str | None = None, **variables: Any) -> Reply:
        """Ask once, waiting where the shop asks for it; Unanswered when no JSON comes."""
        place = f"{self.base}/{self.domain}" if self.base else f"https://{self.domain}"
        url = f"{place}/admin/api/{API_VERSION}/graphql.json"
        headers = {"X-Shopify-Access-Token": token or self.token}
        for _ in range(_TRIES):
            body = {"query": query, "variables": variables}
            answer = self.http.post(url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            if answer.status_code == requests.codes.too_many_requests:
                self.sleep(retry_after(answer.headers.get("Retry-After")))
                continue
            reply = _reply(answer)
            if "THROTTLED" not in reply.codes:
                return reply
            self.sleep(throttle_wait(reply.cost))
        raise Unanswered("the shop's call allowance stays empty")

    def data(self, query: str, /, **variables: Any) -> Document:
        """The data of an answer without errors; Unanswered otherwise."""
        reply = self.ask(query, **variables)
        if reply.status != requests.codes.ok or reply.body.get("errors"):
            raise Unanswered(f"HTTP {reply.status}: {str(reply.body.get('errors'))[:200]}")
        data: Document = reply.body["data"]
        return data

    @cached_property
    def scopes(self) -> set[str]:
        """What the token may do."""
        found = self.data("{currentAppInstallation {accessScopes {handle}}}")["currentAppInstallation"]
        return {scope["handle"] for scope in found["accessScopes"]}

    @cached_property
    def newest(self) -> list[Document]:
        """The newest 250 orders with what costs little, newest first."""
        found: list[Document] = self.data(_NEWEST)["orders"]["nodes"]
        return found

    @cached_property
    def detailed(self) -> list[Document]:
        """Some of the newest orders, and some that were refunded, with lines, refunds and amounts."""
        found = [
            *self._pages("", 6),
            *self._pages("financial_status:partially_refunded OR financial_status:refunded", 4),
        ]
        whole = [one for one in found if not one["edited"] and len(one["lineItems"]["nodes"]) < _LINES]
        return list({one["id"]: one for one in whole}.values())

    def _pages(self, query: str, pages: int) -> list[Document]:
        found: list[Document] = []
        after = None
        for _ in range(pages):
            page = self.data(_DETAILED, query=query, after=after)["orders"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        return found


def _reply(answer: requests.Response) -> Reply:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        raise Unanswered(f"HTTP {answer.status_code} without JSON") from None
    return Reply(answer.status_code, body if isinstance(body, dict) else {"errors": str(body)})


def amount(bag: Document | None) -> Decimal:
    """The amount of a MoneyBag in the shop's currency."""
    return Decimal(bag["shopMoney"]["amount"]) if bag else Decimal(0)


def judged(cases: int, wrong: list[str], what: str) -> Verdict:
    """Confirmed by that many cases, refuted by those named, not testable without any."""
    if wrong:
        return Verdict(REFUTED, f"{len(wrong)} of {cases} {what} say otherwise, such as {wrong[0]}")
    if not cases:
        return Verdict(UNTESTABLE, f"this shop shows no {what}")
    return Verdict(CONFIRMED, f"{cases} {what}")


_LINES = 20
_NEWEST = """query probe_newest {orders(first: 250, sortKey: CREATED_AT, reverse: true) {nodes {
  id name createdAt processedAt updatedAt sourceName}}}"""
_DETAILED = """query probe_detailed($query: String, $after: String) {
  orders(first: 5, query: $query, after: $after, sortKey: CREATED_AT, reverse: true) {
    nodes {
      id name edited
      subtotalPriceSet {shopMoney {amount}} currentSubtotalPriceSet {shopMoney {amount}}
      refundDiscrepancySet {shopMoney {amount}}
      lineItems(first: 20) {nodes {
        id quantity currentQuantity isGiftCard originalTotalSet {shopMoney {amount}}
        discountAllocations {allocatedAmountSet {shopMoney {amount}}} product {isGiftCard}}}
      refunds(first: 10) {
        refundLineItems(first: 20) {nodes {quantity subtotalSet {shopMoney {amount}} lineItem {id}}}
        orderAdjustments(first: 5) {nodes {reason amountSet {shopMoney {amount}}}}}}
    pageInfo {hasNextPage endCursor}}}"""
