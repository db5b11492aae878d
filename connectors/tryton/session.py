"""Who asks Tryton: a session, opened with the user's password, which the server would otherwise check at every call.

https://docs.tryton.org/latest/server/topics/rpc.html: `common.db.login` answers with the user's number and the session's
token; a session that has ended is answered with 401.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from connectors.kit.auth import Auth
from connectors.kit.transport import Transport
from model.errors import ConfigNeeded


class Session(Auth):
    """`api` asks for the session, as nobody yet."""

    def __init__(self, api: Transport, user: str, password: str) -> None:
        self._api, self._user, self._password, self._token = api, user, password, ""

    def headers(self) -> Mapping[str, str]:
        """The Authorization header of the session."""
        if not self._token:
            self.renew()
        return {"Authorization": f"Session {self._token}"}

    def secrets(self) -> tuple[str, ...]:
        """The password and the session."""
        return tuple(each for each in (self._password, self._token) if each)

    def renew(self) -> bool:
        """Opens a session."""
        given = {"id": 0, "method": "common.db.login", "params": [self._user, {"password": self._password}, "en"]}
        said = self._api.post("", given)
        found = said.get("result") if isinstance(said, Mapping) else said
        if not isinstance(found, list) or len(found) < 2:
            name = self._api.vendor.name
            raise ConfigNeeded(
                f"{name}: Tryton opens no session for {self._user}. Check username and database; set the password with: "
                f"backlog secrets set {name}.password"
            )
        self._token = base64.b64encode(f"{self._user}:{found[0]}:{found[1]}".encode()).decode()
        return True

    def close(self) -> None:
        """Hangs up."""
        self._api.close()

    def __repr__(self) -> str:
        return f"Session({self._user})"
