"""The composition root: builds every part from settings and joins them into one Flask app. Starts nothing."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from flask import Flask
from jinja2 import StrictUndefined
from requests.adapters import BaseAdapter

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.http import new_session
from shopify_app.backup_commands import add_backup_commands
from shopify_app.clock import Clock, system_clock
from shopify_app.commands import add_commands
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.embedded.embed import embed
from shopify_app.embedded.parts import Parts
from shopify_app.errors import BadConfig
from shopify_app.jobs.intents import build_intents
from shopify_app.jobs.steps import build_steps
from shopify_app.pages import health, home, settings
from shopify_app.pages.customer import panel as customer
from shopify_app.pages.customer.points import by_hand
from shopify_app.pages.customer.points import panel as customer_points
from shopify_app.pages.loyalty import brought as loyalty_brought
from shopify_app.pages.loyalty import cost as loyalty_cost
from shopify_app.pages.loyalty import ending
from shopify_app.pages.loyalty import gift as loyalty_gift
from shopify_app.pages.loyalty import in_shopify as points_in_shopify
from shopify_app.pages.loyalty import log as points_log
from shopify_app.pages.loyalty import name as loyalty_name
from shopify_app.pages.loyalty import panel as loyalty
from shopify_app.pages.loyalty import rates as loyalty_rates
from shopify_app.pages.loyalty import rewards as loyalty_rewards
from shopify_app.pages.loyalty import start as loyalty_start
from shopify_app.pages.loyalty import versions as loyalty_versions
from shopify_app.pages.messages import panel as messages
from shopify_app.privacy import panel as privacy
from shopify_app.privacy.customer import panel as customer_data
from shopify_app.privacy.export import panel as export
from shopify_app.reconciliation import panel as data_check
from shopify_app.retention import panel as reports
from shopify_app.retention.coming_back import panel as coming_back
from shopify_app.retention.coming_back.people import panel as coming_back_people
from shopify_app.retention.duplicates import panel as duplicates
from shopify_app.retention.forecasts import panel as forecast
from shopify_app.retention.matching import panel as matching
from shopify_app.retention.one_number import panel as one_number
from shopify_app.retention.people import panel as people
from shopify_app.retention.people.views import panel as saved_views
from shopify_app.retention.timing import panel as timing
from shopify_app.retention.value import panel as value
from shopify_app.segments import panel as segments
from shopify_app.segments.outward import panel as segments_in_shopify
from shopify_app.segments.rules import panel as segment_rules
from shopify_app.shops.install import Installs
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.token_exchange import TokenEndpoint
from shopify_app.shops.tokens import Tokens
from shopify_app.tasks.intents.kind import Kind
from shopify_app.tasks.view import Step
from webhooks.backlog import backlog
from webhooks.door import Door
from webhooks.inbox import Inbox
from webhooks.process import Drain

ROOT = Path(__file__).parent.parent
_REPORTS = (reports, one_number, coming_back, coming_back_people, timing, matching, value, forecast)
_CUSTOMER = (customer, customer_points, by_hand, customer_data)
_CUSTOMERS = (people, saved_views, *_CUSTOMER, segments, segment_rules, segments_in_shopify, duplicates)
_PROGRAMME = (loyalty, loyalty_start, loyalty_name, loyalty_rewards, loyalty_rates, loyalty_gift, loyalty_brought)
_LOYALTY = (*_PROGRAMME, loyalty_versions, points_log, ending, points_in_shopify, loyalty_cost)
PAGES = (home, *_REPORTS, *_CUSTOMERS, *_LOYALTY, messages, settings, data_check, privacy, export, health)
"""Whatever has pages: each brings its blueprint."""


@dataclass(frozen=True, slots=True)
class Wafa:
    """Every part of the running app, for entry points: pages, commands, workers."""

    config: Config
    database: Database
    clock: Clock
    keys: ShopKeys
    http: requests.Session
    endpoint: TokenEndpoint
    tokens: Tokens
    installs: Installs
    admin: AdminApi
    inbox: Inbox
    drain: Drain
    steps: Mapping[str, Step]
    intents: Mapping[str, Kind]
    imports: Path


def build(
    config: Config,
    *,
    database: Database | None = None,
    clock: Clock = system_clock,
    transport: BaseAdapter | None = None,
    sleep: Callable[[float], None] = time.sleep,
    directory: Path = Path("var"),
) -> Wafa:
    """Join the parts; `transport` stands in for the network, `directory` is where long work keeps its files."""
    database = database or Database(config.database_url)
    keys = ShopKeys(config.encryption_keys)
    http = new_session(transport)
    endpoint = TokenEndpoint(config, http)
    tokens = Tokens(database, keys, endpoint, sleep)
    admin = AdminApi(config, http, tokens, clock, sleep)
    inbox = Inbox(keys, keys.stray_keys)
    return Wafa(
        config=config,
        database=database,
        clock=clock,
        keys=keys,
        http=http,
        endpoint=endpoint,
        tokens=tokens,
        installs=Installs(database, keys, tokens, endpoint, sleep),
        admin=admin,
        inbox=inbox,
        drain=Drain(database, inbox, keys, config.lookup_key, clock),
        steps=build_steps(database, admin, clock, sleep, directory / "imports", config.lookup_key, inbox, keys),
        intents=build_intents(database, admin),
        imports=directory / "imports",
    )


def create_app(
    config: Config | None = None, *, wafa: Wafa | None = None, wake: Callable[[str], None] = lambda _domain: None
) -> Flask:
    """The web side: pages behind the guard, the webhook door in front, the operator's commands.

    `wake(domain)` is told when a delivery was kept; whoever starts workers passes theirs.
    """
    wafa = wafa or build(config or _config())
    app = Flask("wafa", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.jinja_env.undefined = StrictUndefined
    app.extensions["wafa"] = wafa
    app.extensions[health.MEASURE] = backlog
    embed(app, Parts(wafa.config, wafa.database, wafa.clock, wafa.installs, wafa.endpoint, wafa.admin, wafa.keys))
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    add_commands(app, wafa.database, wafa.inbox, wafa.keys, wafa.config.lookup_key, wafa.clock)
    add_backup_commands(app.cli, wafa.database, wafa.keys, wafa.config.lookup_key, wafa.clock)
    door = Door(
        app.wsgi_app,
        config=wafa.config,
        database=wafa.database,
        inbox=wafa.inbox,
        clock=wafa.clock,
        wake=wake,
    )
    app.wsgi_app = door  # type: ignore[method-assign]
    return app


def _config() -> Config:
    """The settings of the environment; a bad one ends a flask command with one sentence.

    What flask itself expects here, NoAppException, it would follow up with "No such command".
    """
    try:
        return Config.from_env(os.environ)
    except BadConfig as problem:
        sys.exit(problem.message)
