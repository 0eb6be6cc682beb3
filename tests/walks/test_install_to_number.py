"""The whole road: installation, import, live webhooks, the number."""


def test_it_counts_what_was_imported_and_what_arrives(world):
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    noura = shop.create_customer("Noura", "Ali", "noura@example.com", "ar").id
    yousef = shop.create_customer("Yousef", "Omar", "yousef@example.com", "en").id
    for customer in (noura, yousef, noura):
        shop.place_order(customer, [{"price": "10.000", "quantity": 1}])
        world.clock.forward(3600)
    world.install(shop)
    world.work()
    figures = world.json(shop, "/reports/numbers?window=all")["metrics"]
    assert figures["repeat_rate"]["value"] == "0.5"
    assert figures["net_revenue"]["value"] == "30"
    shop.place_order(yousef, [{"price": "7.500", "quantity": 2}])
    world.work()
    figures = world.json(shop, "/reports/numbers?window=all")["metrics"]
    assert figures["repeat_rate"]["value"] == "1"
    assert figures["net_revenue"]["value"] == "45"
