"""Every document stands against Shopify's own schema of the version that we call."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from shopify_app.admin_api.client import document

_ROOT = Path(__file__).parents[2]
_DOCUMENTS = sorted((_ROOT / "shopify_app/admin_api/documents").glob("*.graphql"))
_COUNTRY = re.compile(r"(shipping|billing)Address \{\s+countryCodeV2\s+\}")
"""Of an address the country alone: docs/adr/0007."""
_PERSONAL = ("email", "phone", "firstName", "lastName", "displayName", "Address", "note", "clientIp")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((_ROOT / "devstore/schema/admin_2026-10.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_is_valid(schema: GraphQLSchema, path: Path) -> None:
    assert validate(schema, parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: path.stem)
def test_a_file_holds_one_operation_of_its_own_name(path: Path) -> None:
    operations = parse(document(path.stem)).definitions
    assert len(operations) == 1
    assert isinstance(operations[0], OperationDefinitionNode)
    assert operations[0].name is not None
    assert operations[0].name.value == path.stem


def test_the_import_asks_for_nothing_personal() -> None:
    text = _COUNTRY.sub("", document("orders_bulk"))
    assert not [word for word in _PERSONAL if word.lower() in text.lower()]


def test_a_misspelt_field_would_be_found(schema: GraphQLSchema) -> None:
    broken = document("orders_bulk").replace("cancelledAt", "canceledAt")
    assert validate(schema, parse(broken)) != []
