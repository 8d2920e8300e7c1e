"""Calls the simulated REST API as any client might."""

from collections.abc import Mapping
from typing import Any

import httpx

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support import plain_http


class RestClient:
    def __init__(
        self, simulator: SoftlinxSimulator, user: str | None = None, password: str | None = None
    ) -> None:
        account = simulator.customer
        self._url = simulator.restapi_url
        self._auth = (user or f"{account.login}@{account.realm}", password or account.password)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """`arguments` as httpx has them: params, data, files."""
        return plain_http.request(method, self._url + path, auth=self._auth, **arguments)

    def get(self, path: str, **params: str) -> Mapping[str, Any]:
        """The answer to a query, which has to succeed."""
        response = self.call("GET", path, params=params)
        assert response.status_code == 200, response.text
        answer: Mapping[str, Any] = response.json()
        assert answer["RequestStatus"]["StatusCode"] == "0"
        return answer

    def ids(self, path: str, **params: str) -> list[int]:
        return [row["FaxId"] for row in self.get(path, **params)["FaxInfo"]]
