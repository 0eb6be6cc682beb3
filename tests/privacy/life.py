"""A shop in which people left traces of every kind, to be searched for what is left of them."""

import json

from tests.privacy.decoding import Opened, names
from webhooks.inbox import Posted

DOMAIN = "alice.myshopify.com"


class Life:
    """A shop in which Noura has left traces of every kind, and Yousef too, who stays."""

    def __init__(self, world) -> None:
        self.world = world
        self.shop = world.store.add_shop(DOMAIN, currency="KWD", timezone="Asia/Kuwait")
        shop, lines = self.shop, [{"price": "10.000", "quantity": 1}]
        # Before the app: some of it comes by import, some waits for an unknown shop.
        self.noura = shop.create_customer("نورة", "العتيبي", "Noura.Otaibi@example.com", "ar", phone="+96550001234").id
        self.twin = shop.create_customer("Nora", "Otaibi", "nora77@example.org", "en", phone="+96599887766").id
        self.yousef = shop.create_customer("يوسف", "Sabah", "yousef@example.com", "ar", phone="+96555554444").id
        shop.place_order(self.noura, lines)
        shop.install()
        shop.place_order(self.noura, lines)
        world.store.deliver_due()
        world.open(shop)
        world.work()
        for person in (self.noura, self.twin, self.yousef):
            order = shop.place_order(person, lines)
            shop.refund(order.id, amount="1.000")
            world.clock.forward(60)
        shop.update_customer(self.noura, phone="+965 5000 1234")
        shop.update_customer(self.twin, first_name="Norah")
        shop.request_data(self.noura)
        shop.request_data(self.yousef)
        world.work()
        shop.merge_customers(self.noura, self.twin)
        shop.place_order(self.yousef, lines)
        world.work()

    @property
    def gone(self):
        return {
            "numbers": [self.noura, self.twin],
            "words": ["نورة", "العتيبي", "noura.otaibi", "nora77@example.org"],
            "phones": ["50001234", "99887766"],
        }

    @property
    def here(self):
        return {"numbers": [self.yousef], "words": ["يوسف", "yousef@example.com"], "phones": ["55554444"]}

    def send(self, topic, body, webhook_id):
        """Keep one more delivery, without handling it."""
        now = self.world.clock()
        posted = Posted(DOMAIN, webhook_id, topic, "", "", now, json.dumps(body).encode())
        with self.world.wafa.database.transaction() as session:
            self.world.wafa.inbox.keep(session, [(posted, now)])

    def found(self, person):
        opened = Opened(self.world.wafa.database, self.world.wafa.keys)
        where = sorted({where for where, value in opened.everything() if names(value, person)})
        assert opened.sealed, "nothing sealed was opened"
        return where
