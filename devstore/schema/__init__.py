"""The part of Shopify's Admin GraphQL schema that the development store answers."""

from functools import cache
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLSchema, build_schema


@cache
def admin_schema() -> GraphQLSchema:
    """The schema of API version 2026-10, read once."""
    return build_schema(Path(__file__).with_name("admin_2026-10.graphql").read_text(encoding="utf-8"))


def currencies() -> frozenset[str]:
    """The codes that Shopify knows."""
    kind = admin_schema().type_map["CurrencyCode"]
    return frozenset(kind.values) if isinstance(kind, GraphQLEnumType) else frozenset()
