"""The store's webhooks on their way to the app."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from devstore.deliveries import Delivery
from tests.simulation.as_bought import named_lines
from tests.simulation.chance import Chance
from tests.simulation.crash import Crash
from tests.simulation.network import environ_of

if TYPE_CHECKING:
    from tests.simulation.world import World

_ONE_MOMENT = timedelta(milliseconds=20)


class Post:
    """Brings each delivery to a living process, and remembers what was acknowledged.

    The store itself delays, repeats and loses deliveries; here the trigger times of two are exchanged now and then.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._chance = Chance(world.seed, "post")
        self.acknowledged: dict[tuple[str, str], str] = {}
        """Shop domain and webhook id -> topic, of every delivery that was answered 200."""
        self.named: dict[str, set[int]] = {}
        """By shop domain the lines whose products such a delivery named."""
        self.topics: set[str] = set()
        self.sent = 0
        self._last: Delivery | None = None

    def queued(self, delivery: Delivery) -> None:
        """Two states of an order within one second: nobody promises that trigger times tell which came first."""
        last, self._last = self._last, delivery
        swaps = self._chance.happens(self._world.profile.swapped) and not self._world.quiet
        if not swaps or last is None or last.shop != delivery.shop:
            return
        if not all(one.topic.startswith("orders/") and one.attempts == 0 for one in (last, delivery)):
            return
        if delivery.triggered_at - last.triggered_at < _ONE_MOMENT:
            self._world.happened.add("swapped")
            last.triggered_at, delivery.triggered_at = delivery.triggered_at, last.triggered_at

    def bring(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """One attempt at a delivery; ConnectionError when no process lives to answer."""
        world = self._world
        process = world.any_process()
        if process is None:
            raise ConnectionRefusedError
        self.sent += 1
        try:
            status, _ = process.answer(environ_of("POST", url, dict(headers), body))
        except Crash:
            raise ConnectionResetError from None
        topic, key = headers["X-Shopify-Topic"], (headers["X-Shopify-Shop-Domain"], headers["X-Shopify-Webhook-Id"])
        world.note(f"delivery {topic} {key[1][:8]} {status}")
        if status == 200:
            self.acknowledged[key] = topic
            self.topics.add(topic)
            self.named.setdefault(key[0], set()).update(named_lines(topic, body))
            world.promises.kept(key)
        return status
