"""What no other tool checks: names, sizes, fences, and things that must exist in pairs."""

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("shopify_app", "webhooks", "devstore", "demo")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts)
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "service", "services"}
LONGEST_FUNCTION, LONGEST_MODULE = 50, 400
# Who may import what, directly. Tests may import everything.
FENCES = {
    "flask": [
        "shopify_app.app",
        "shopify_app.serve",
        "shopify_app.commands",
        "shopify_app.embedded*",
        "shopify_app.pages.*",
        "*.panel",
        "devstore.*",
    ],
    "sqlalchemy": [
        "shopify_app.db.*",
        "*.model",
        "*.queries",
        "webhooks.*",
        "shopify_app.serve",
        "shopify_app.invariants.*",  # a promise is a question to the tables
    ],
    "sqlite3": [],
    "psycopg": [],
    "requests": [
        "shopify_app.admin_api.*",
        "shopify_app.shops.token_exchange",
        "shopify_app.app",
        "devstore.*",
        "demo.*",
    ],
    "shopify": ["shopify_app.embedded.*", "shopify_app.shops.*"],
    "jwt": ["shopify_app.embedded.*", "shopify_app.shops.*", "devstore.*"],
    "babel": ["shopify_app.language"],
    "alembic": ["shopify_app.db.migrate", "demo.write_migration"],
    "granian": ["shopify_app.serve"],
    "isal": ["webhooks.inbox"],
    "hijridate": ["shopify_app.moon"],
    "cryptography": ["shopify_app.crypto", "devstore.mailbox.certificate"],
    "numpy": [
        "shopify_app.retention.history.*",
        "shopify_app.retention.coming_back.*",
        "shopify_app.retention.timing.*",
        "shopify_app.retention.value.*",
        "shopify_app.retention.fit.*",
        "shopify_app.retention.forecasts.*",
    ],
    "scipy": ["shopify_app.retention.fit.*"],
}


# Who may open what is sealed, and what for. For somebody to read, only with a row in the access log.
OPENERS = {
    r"keys\.open(er)?\(": [
        "shopify_app.shops.tokens",  # access tokens: of the shop, shown to nobody
        "shopify_app.privacy.access.opening",  # answers to data requests: logged
        "shopify_app.loyalty.brought.lines.sealing",  # lines of a file, for whoever brought it: logged
        "webhooks.inbox",  # kept deliveries, for those below
    ],
    r"(inbox|kept)\.(body|bodies)\(": [
        "webhooks.process",  # the drain reads facts from them
        "webhooks.erasing",  # they are searched for who is to be forgotten
        "shopify_app.tracing.deliveries",  # an operator looks for an order: logged
    ],
    r"\.answer\b": [
        "shopify_app.privacy.data_request",
        "shopify_app.privacy.access.opening",
        "shopify_app.privacy.requests.presenting",  # whether there is one
        "shopify_app.privacy.requests.queries",
    ],
}


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("library", FENCES)
def test_libraries_stay_behind_their_fences(library):
    users = {dotted(path) for path in MODULES if any(name.split(".")[0] == library for name in imported(path))}
    strays = {user for user in users if not any(fnmatch(user, allowed) for allowed in FENCES[library])}
    assert not strays


def test_the_app_starts_without_the_arithmetic_of_forecasts():
    """SciPy takes a tenth of a second and many megabytes; whoever makes a forecast imports it then."""
    program = "import sys, shopify_app.app, shopify_app.work; print('scipy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ended.stdout.strip() == "False"


@pytest.mark.parametrize("opening", OPENERS)
def test_what_is_sealed_is_opened_in_a_few_places(opening):
    own = [path for path in MODULES if path.parts[len(ROOT.parts)] in ("shopify_app", "webhooks")]
    assert {dotted(path) for path in own if re.search(opening, path.read_text())} == set(OPENERS[opening])


def test_only_the_clock_reads_the_clock():
    pattern = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
    readers = {dotted(path) for path in MODULES if pattern.search(path.read_text(encoding="utf-8"))}
    assert readers <= {"shopify_app.clock", "devstore.clock"}


def test_names_say_what_is_inside():
    assert not [path for path in MODULES if set(path.stem.split("_")) & EMPTY_WORDS]


def test_modules_and_functions_stay_small():
    long = [dotted(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE]
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION:
                long.append(f"{dotted(path)}.{node.name}")
    assert not long


def test_every_module_says_what_it_is():
    assert not [dotted(path) for path in MODULES if not ast.get_docstring(tree(path))]


def test_every_browser_module_stays_small():
    own = [*(ROOT / "static").glob("*.js")]
    assert own
    assert not [path.name for path in own if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    navigate = (ROOT / "static" / "navigate.js").read_text(encoding="utf-8")
    assert len(navigate.splitlines()) < 150


def test_styles_have_no_sides():
    """Start and end, never left and right: the same sheet serves both directions."""
    sided = re.compile(
        r"(?<![\w-])(left|right)(?![\w-])|(margin|padding|border)-(left|right)|text-align:\s*(left|right)"
    )
    css = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
    assert not sided.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


def test_every_document_is_one_operation_named_like_its_file():
    from graphql import OperationDefinitionNode, parse

    folder = ROOT / "shopify_app" / "admin_api" / "documents"
    for path in folder.glob("*.graphql"):
        operations = [node for node in parse(path.read_text()).definitions if isinstance(node, OperationDefinitionNode)]
        assert len(operations) == 1, path.name
        name = operations[0].name.value if operations[0].name else path.stem
        assert re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() == path.stem


def test_templates_have_no_inline_style_or_script():
    for path in [*(ROOT / "templates").rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", text), path.name


def test_migrated_schema_and_models_agree(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from shopify_app.db.base import Base

    with database.writing.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_constraint_has_a_name(sqlite):
    from shopify_app.db.base import Base

    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.tables.values()
        for constraint in [*table.constraints, *table.indexes]
        if not constraint.name
    ]
    assert not nameless


def test_every_tenant_table_starts_its_key_with_the_shop():
    from shopify_app.db.base import Base

    exceptions = {"shop", "delivery", "privacy_request"}  # the shop itself, and what outlives it
    for table in Base.metadata.tables.values():
        if table.name not in exceptions:
            assert next(iter(table.primary_key)).name == "shop_id", table.name
