"""A bulk mutation: one mutation carried out for each line of a staged file of variables."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from devstore.schema import admin_schema
from devstore.sources import Ask

ALLOWED = frozenset({"metafieldsDelete", "metafieldsSet", "tagsAdd", "tagsRemove"})
"""Mutations that the store carries out in bulk."""
Carry = Callable[[DocumentNode, dict[str, Any], Ask], dict[str, Any]]


class RefusedError(Exception):
    """A bulk mutation that cannot start; ``code`` is Shopify's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class MutationPlan:
    """A checked mutation and how it is carried out; walks the lines as a bulk query's plan walks its records."""

    document: DocumentNode
    carry: Carry
    done: int = 0
    kinds: frozenset[str] = frozenset({"Customer"})
    scopes: frozenset[str] = frozenset()
    """Of those Shopify tells line by line."""

    def lines(self, sources: list[Any], ask: Ask) -> list[str]:
        """What came of each of these variables."""
        found = []
        for variables in sources:
            answer = {**self.carry(self.document, variables, ask), "__lineNumber": self.done}
            found.append(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
            self.done += 1
        return found


def checked(mutation: str) -> DocumentNode:
    """The mutation of a text; raises RefusedError for one that cannot be carried out in bulk."""
    try:
        document = parse(mutation)
    except GraphQLError as error:
        raise RefusedError(f"Failed to parse the mutation - {error.message}", "INVALID_MUTATION") from error
    if errors := validate(admin_schema(), document):
        raise RefusedError(f"Failed to parse the mutation - {errors[0].message}", "INVALID_MUTATION")
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.MUTATION:
        raise RefusedError("Expected one mutation operation", "INVALID_MUTATION")
    fields = operations[0].selection_set.selections
    if len(fields) != 1 or not isinstance(fields[0], FieldNode):
        raise RefusedError("You must use an allowed mutation name, and one alone", "INVALID_MUTATION")
    if fields[0].name.value not in ALLOWED:
        raise RefusedError(f"{fields[0].name.value} cannot be carried out in bulk", "INVALID_MUTATION")
    return document


def variables_of(content: bytes | None) -> list[dict[str, Any]]:
    """The lines of a staged file; raises RefusedError where there is none, or it cannot be read."""
    if content is None:
        raise RefusedError("The JSONL file could not be found. Try uploading the file again.", "NO_SUCH_FILE")
    try:
        found = [json.loads(line) for line in content.decode().splitlines() if line.strip()]
    except ValueError:
        found = []
    if not found or not all(isinstance(one, dict) for one in found):
        message = "The JSONL file submitted via the stagedUploadsCreate mutation is invalid."
        raise RefusedError(message, "INVALID_STAGED_UPLOAD_FILE")
    return found
