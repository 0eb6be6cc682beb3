"""A merchant without a browser: opens the app through the pretend admin and reads its pages as JSON."""

from typing import Any

import requests

from demo.programs import Plan

TIMEOUT = (5, 60)


class Merchant:
    """Acts as the merchant in the pretend admin, and as the world in its control page."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._http = requests.Session()
        self._http.trust_env = False

    def control(self, action: str, **fields: Any) -> Any:
        """One action of the control page."""
        url = f"{self._plan.store_url}/store/{self._plan.shop}/control/{action}"
        answer = self._http.post(url, json=fields, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def state(self) -> Any:
        """What the control page shows."""
        url = f"{self._plan.store_url}/store/{self._plan.shop}/control/state"
        return self._http.get(url, timeout=TIMEOUT).json()

    def id_token(self) -> str:
        """A fresh ID token, as App Bridge gets it from the admin."""
        url = f"{self._plan.store_url}/store/{self._plan.shop}/id-token"
        return str(self._http.get(url, timeout=TIMEOUT).json()["id_token"])

    def read(self, path: str, **query: str) -> Any:
        """A page of the app, for programs."""
        headers = {"Authorization": f"Bearer {self.id_token()}", "Accept": "application/json"}
        answer = self._http.get(f"{self._plan.app_url}{path}", params=query, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def figures(self, **query: str) -> dict[str, dict[str, str | None]]:
        """The figures of Reports > Numbers."""
        metrics: dict[str, dict[str, str | None]] = self.read("/reports/numbers", **query)["metrics"]
        return metrics
