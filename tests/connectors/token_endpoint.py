"""A token endpoint on loopback whose refresh tokens are of one use, as Xero's and Intuit's are.

`grace`: how many times an answered refresh token is answered once more with the same successor, as those vendors do for
a while. The API beside it takes the newest access tokens only.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer

CLIENT = ("client-4711", "client-secret-0815")
FIRST = "refresh-first-0000"


class TokenServer(VendorServer):
    """Answers POST /token and GET /things."""

    vendor = "simulated identity"

    def __init__(self, *, grace: int = 0, lasts: int = 1800, **more: Any) -> None:
        super().__init__(**more)
        self.grace, self.lasts = grace, lasts
        self.valid = FIRST
        self.access: set[str] = set()
        self.given = 0
        self.before: dict[str, tuple[str, int]] = {}
        self.refused_renewals = 0

    def answer(self, request: Request) -> Reply:
        if request.path == "/token":
            return self._token(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Reply(200, {"things": [1, 2]}) if token in self.access else Reply(401, {"message": "token expired"})

    def _token(self, request: Request) -> Reply:
        form = {key: values[-1] for key, values in parse_qs(request.body.decode()).items()}
        assert form["grant_type"] == "refresh_token"
        asked = form["refresh_token"]
        known, left = self.before.get(asked, ("", 0))
        if asked == self.valid:
            self.given += 1
            successor = f"refresh-{self.given:04d}-successor"
            self.before[asked] = (successor, self.grace)
            self.valid = successor
        elif known == self.valid and left > 0:
            self.before[asked] = (known, left - 1)
            successor = known
        else:
            self.refused_renewals += 1
            return Reply(400, {"error": "invalid_grant", "error_description": f"{asked} was used"})
        access = f"access-{self.given:04d}-{len(self.access):04d}-token"
        self.access.add(access)
        return Reply(200, {"access_token": access, "refresh_token": successor, "expires_in": self.lasts})
