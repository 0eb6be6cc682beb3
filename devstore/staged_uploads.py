"""Files that an app puts in a place it was given, before a mutation reads them: variables of bulk mutations."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devstore.shop import Shop

LIFE = timedelta(days=1)
LARGEST = 100 << 20
"""Bytes of one file of variables."""


@dataclass(slots=True)
class StagedUpload:
    """One place for a file; ``policy`` proves that whoever brings it was given the place."""

    key: str
    policy: str
    until: datetime
    content: bytes | None = None


class StagedUploads:
    """The places of one shop."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._all: dict[str, StagedUpload] = {}

    def stage(self, inputs: "list[Mapping[str, Any]]") -> dict[str, Any]:
        """The payload of stagedUploadsCreate; the store takes variables of bulk mutations by POST alone."""
        if any(one["resource"] != "BULK_MUTATION_VARIABLES" or one["httpMethod"] != "POST" for one in inputs):
            raise GraphQLError("the development store stages BULK_MUTATION_VARIABLES by POST alone")
        return {"stagedTargets": [self._place(one) for one in inputs], "userErrors": []}

    def _place(self, given: "Mapping[str, Any]") -> dict[str, Any]:
        store = self._shop.store
        key = f"tmp/{self._shop.id}/bulk/{store.new_uuid()}/{given['filename']}"
        made = StagedUpload(key, secrets.token_urlsafe(24), store.now() + LIFE)
        self._all[key] = made
        parameters = {
            "Content-Type": given["mimeType"],
            "success_action_status": "201",
            "acl": "private",
            "key": key,
            "policy": made.policy,
        }
        listed = [{"name": name, "value": value} for name, value in parameters.items()]
        return {"url": f"{store.public_url}/staged-uploads", "resourceUrl": None, "parameters": listed}

    def put(self, form: "Mapping[str, str]", content: bytes) -> bool:
        """Keep a file; False where the place was not given, or was given for somebody else's file."""
        place = self._all.get(form.get("key", ""))
        if place is None or not secrets.compare_digest(place.policy.encode(), form.get("policy", "").encode()):
            return False
        if self._shop.store.now() >= place.until or len(content) > LARGEST:
            return False
        place.content = content
        return True

    def content(self, path: str) -> bytes | None:
        """The file that lies at a path, None where there is none."""
        place = self._all.get(path)
        return place.content if place else None
