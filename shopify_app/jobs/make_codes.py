"""Making the codes of rewards that were asked for, or paying their credit; giving points back where Shopify refuses."""

from collections.abc import Mapping

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.rewards.model import ASKED, MADE, Reward
from shopify_app.loyalty.rewards.queries import move, open_rewards
from shopify_app.loyalty.rewards.redeeming import give_back, intent_of
from shopify_app.loyalty.rewards.returning import good_until
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.intents.kind import IntentView, Kind
from shopify_app.tasks.intents.model import DONE, REFUSED, UNKNOWN
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.view import Outcome, Step, TaskView

AT_ONCE = 20
_WAIT = 2.0


def make_codes(database: Database, kinds: Mapping[str, Kind], lookup_key: bytes, clock: Clock) -> Step:
    """The task: some rewards a step, until none is open."""

    def step(task: TaskView, _now: Instant) -> Outcome:
        with database.reading() as session:
            rewards = open_rewards(session, task.shop, AT_ONCE)
        done, hopeful = task.done, False
        for reward in rewards:
            kind = intent_of(reward.kind)
            intent = run_intent(database, kinds, task.shop, kind, reward.reward_id, clock(), task.owner or "")
            with database.transaction() as session:
                done += _settled(session, task.shop, ledger_key(lookup_key, task.shop), reward, intent, clock())
            hopeful |= intent.state != UNKNOWN
        # Of what nobody can tell, the sweeper asks again and again, and the next hour takes up what it has learnt.
        return Outcome({}, done, wait=_WAIT) if hopeful else Outcome({}, done, done, finished=True)

    return step


def _settled(session: Session, shop: ShopId, key: bytes, reward: Reward, intent: IntentView, now: Instant) -> bool:
    lock_shop(session, shop)
    if intent.state == DONE:
        made = (intent.outcome or {}).get("id")
        move(session, shop, reward.reward_id, MADE, of=ASKED, discount_id=made, due_at=good_until(reward))
    elif intent.state == REFUSED:
        give_back(session, shop, key, reward, intent.error, now)
    else:
        return False
    touch(session, shop)
    return True
