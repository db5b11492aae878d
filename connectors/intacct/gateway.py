"""The gateway: a request names the sender, then a session or a login, then one function; an answer may fail at each of them.

A session is asked for by a login and serves until it ends; a request that it no longer serves is asked once more with a
new one. A failure comes with the status 400 or 401, or as an element of an answer that is otherwise fine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

from connectors.kit.auth import Auth
from model.errors import ConfigNeeded
from model.redaction import redacted, remember

Ask = Callable[[str, bytes], Xml.Element]


@dataclass(frozen=True)
class Login(Auth):
    """Who asks: the sender (whose program it is) and the user of a company, or of one entity of it (`location`)."""

    sender_id: str
    company: str
    user: str
    location: str
    sender_password: str = field(repr=False)
    password: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """None: the body says who asks."""
        return {}

    def secrets(self) -> tuple[str, ...]:
        """Both passwords."""
        return (self.sender_password, self.password)


class Gateway:
    """Calls functions. `ask` posts a body to an address and gives the answer's root; `base` is where a login goes."""

    def __init__(self, name: str, rights: str, ask: Ask, login: Login, base: str) -> None:
        self._name, self._rights, self._ask, self._login, self._base = name, rights, ask, login, base
        self._session, self._at = "", ""

    def call(self, function: Xml.Element) -> Xml.Element:
        """The result of a function; ConfigNeeded where it fails."""
        if not self._session:
            self._open()
        answer = self._ask(self._at, self._request(function, _element("sessionid", self._session)))
        if _failed(answer, "operation/authentication") or _failed(answer, "control"):
            self._open()
            answer = self._ask(self._at, self._request(function, _element("sessionid", self._session)))
        return self._result(answer)

    def _open(self) -> None:
        who = _element("login")
        for tag, value in (("userid", self._login.user), ("companyid", self._login.company),
                           ("password", self._login.password), ("locationid", self._login.location)):  # fmt: skip
            if value:
                who.append(_element(tag, value))
        api = self._result(self._ask("", self._request(_element("getAPISession"), who))).find("data/api")
        self._session = (api.findtext("sessionid") or "") if api is not None else ""
        self._at = self._trusted((api.findtext("endpoint") or "") if api is not None else "")
        remember(self._session)

    def _trusted(self, endpoint: str) -> str:
        """Where the session is served; an address that is not the vendor's is not followed."""
        told, base = urlsplit(endpoint), urlsplit(self._base)
        ours = told.hostname == base.hostname or (told.hostname or "").endswith(".intacct.com")
        return endpoint if ours and told.scheme == base.scheme else ""

    def _request(self, function: Xml.Element, who: Xml.Element) -> bytes:
        root, control, operation = _element("request"), _element("control"), _element("operation")
        for tag, value in (("senderid", self._login.sender_id), ("password", self._login.sender_password),
                           ("controlid", "revenue-backlog"), ("uniqueid", "false"), ("dtdversion", "3.0"),
                           ("includewhitespace", "false")):  # fmt: skip
            control.append(_element(tag, value))
        authentication, content, call = _element("authentication"), _element("content"), _element("function")
        call.set("controlid", "1")
        authentication.append(who)
        call.append(function)
        content.append(call)
        operation.extend((authentication, content))
        root.extend((control, operation))
        return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))

    def _result(self, answer: Xml.Element) -> Xml.Element:
        words, name = redacted(explained(answer)), self._name
        said = f" ({words})" if words else ""
        if _failed(answer, "control"):
            raise ConfigNeeded(
                f"{name}: Sage Intacct does not accept the sender{said}. Check sender_id, and that the company lists it among "
                f"its Web Services authorizations; set its password with: backlog secrets set {name}.sender_password"
            )
        if _failed(answer, "operation/authentication"):
            raise ConfigNeeded(
                f"{name}: Sage Intacct does not accept the login{said}. Check company and user; set a valid password with: "
                f"backlog secrets set {name}.password, then run: backlog connectors test {name}"
            )
        result = answer.find("operation/result")
        if result is None or result.findtext("status") != "success":
            raise ConfigNeeded(
                f"{name}: Sage Intacct refuses the question{said}. Grant the right (needed: {self._rights}) or check the "
                f"settings of [connectors.{name}], then run: backlog connectors test {name}"
            )
        return result


def explained(answer: Any) -> str:
    """The words of an answer's errors, each once."""
    errors = answer.iter("error") if isinstance(answer, Xml.Element) else ()
    words = (" ".join(filter(None, (each.findtext("description2"), each.findtext("correction")))) for each in errors)
    return "; ".join(dict.fromkeys(word.strip() for word in words if word.strip()))


def _element(tag: str, text: str = "") -> Xml.Element:
    made = Xml.Element(tag)
    made.text = text or None
    return made


def _failed(answer: Xml.Element, block: str) -> bool:
    return answer.findtext(f"{block}/status") == "failure"
