"""A simulated Sage Intacct: the XML gateway with senders, logins and sessions, queries, lookups, and the audit trail.

https://developer.intacct.com/web-services/ (requests, responses, queries) · …/api/company-console/audit-trails/
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated

XML = {"Content-Type": "text/xml; charset=UTF-8"}
OBJECTS = ("CUSTOMER", "ITEM", "CONTRACT", "CONTRACTDETAIL", "ARINVOICE", "ARINVOICEITEM", "ARADJUSTMENT", "ARADJUSTMENTITEM",
           "ARPYMT", "ARPYMTDETAIL", "AUDITHISTORY")  # fmt: skip
KEYS = {"CUSTOMER": "CUSTOMERID", "ITEM": "ITEMID", "CONTRACT": "CONTRACTID"}
OPERATORS: dict[str, Callable[[Any, Sequence[Any]], bool]] = {
    "equalto": lambda held, given: held == given[0],
    "greaterthan": lambda held, given: held > given[0],
    "greaterthanorequalto": lambda held, given: held >= given[0],
    "in": lambda held, given: held in given,
}
Known = dict[str, tuple[str, ...]]


class IntacctServer(Simulated):
    """`sender` and `login` are accepted; `fields`: what each object has beyond its records' own."""

    vendor = "intacct"
    key_field = "RECORDNO"

    def __init__(
        self, tables: Any, *, sender: tuple[str, str], login: tuple[str, str, str], fields: Known, **more: Any
    ):
        super().__init__({**{name: [] for name in OBJECTS}, **tables}, **more)
        self.sender, self.login, self.fields = sender, login, fields
        self.sessions: set[str] = set()
        self.opened = 0

    def find(self, table: str, key: str) -> Object:
        return next(each for each in self.tables[table] if str(each[KEYS.get(table, "RECORDNO")]) == key)

    def stamp(self, table: str, record: Object) -> None:
        record["WHENMODIFIED"] = self.now().strftime("%m/%d/%Y %H:%M:%S")

    def gone(self, table: str, record: Object) -> None:
        self.tables[table].remove(record)
        told = {"OBJECTKEY": str(record[KEYS.get(table, "RECORDNO")]), "OBJECTTYPE": table.lower(), "ACCESSMODE": "D",
                "ACCESSTIME": self.now().strftime("%m/%d/%Y %H:%M:%S")}  # fmt: skip
        self.tables["AUDITHISTORY"].append(told)

    def answer(self, request: Request) -> Reply:
        root = Xml.fromstring(request.body)  # noqa: S314 (our own connector sent it)
        if (root.findtext("control/senderid"), root.findtext("control/password")) != self.sender:
            return _failed(400, "control", "XL03000006", "Incorrect Intacct XML Partner ID or password.")
        function = root.find("operation/content/function")
        who = root.find("operation/authentication")
        assert function is not None
        assert who is not None
        call = function[0]
        if call.tag == "getAPISession":
            given = tuple(who.findtext(f"login/{tag}") for tag in ("companyid", "userid", "password"))
            return self._open() if given == self.login else _unauthorized("Sign-in information is incorrect")
        if who.findtext("sessionid") not in self.sessions:
            return _unauthorized("Invalid session. Session has timed out.")
        if call.tag == "lookup":
            return self._lookup(str(call.findtext("object")))
        return self._query(call)

    def _open(self) -> Reply:
        self.opened += 1
        session = f"session-{self.opened:04d}-of-the-simulated-vendor"
        self.sessions.add(session)
        data = Xml.Element("data")
        api = Xml.SubElement(data, "api")
        Xml.SubElement(api, "sessionid").text = session
        Xml.SubElement(api, "endpoint").text = f"{self.url}/ia/xml/xmlgw.phtml"
        return _succeeded(data)

    def _lookup(self, name: str) -> Reply:
        data = Xml.Element("data")
        fields = Xml.SubElement(Xml.SubElement(data, "Type", Name=name, DocumentType=""), "Fields")
        for each in self._known(name):
            Xml.SubElement(Xml.SubElement(fields, "Field"), "ID").text = each
        return _succeeded(data)

    def _query(self, call: Xml.Element) -> Reply:
        name = str(call.findtext("object"))
        wanted = [str(each.text) for each in call.iterfind("select/field")]
        if missing := [each for each in wanted if each not in self._known(name)]:
            return _failed(200, "operation/result", "DL02000001", f"The field {missing[0]} does not exist in {name}.")
        rows = [each for each in self.tables[name] if all(_passes(test, each) for test in _tests(call))]
        if (by := call.findtext("orderby/order/field")) is not None:
            rows.sort(key=lambda each: _value(by, each.get(by)))
        size = int(call.findtext("pagesize") or 100)
        assert 1 <= size <= 2_000
        offset = int(call.findtext("offset") or 0)
        told = rows[offset : offset + size]
        data = Xml.Element("data", listtype=name, totalcount=str(len(rows)), offset=str(offset), count=str(len(told)),
                           numremaining=str(max(0, len(rows) - offset - len(told))))  # fmt: skip
        for row in told:
            record = Xml.SubElement(data, name)
            for each in wanted:
                Xml.SubElement(record, each).text = str(row.get(each) or "")
        return _succeeded(data)

    def _known(self, name: str) -> list[str]:
        return sorted({"RECORDNO", *self.fields.get(name, ()), *(field for row in self.tables[name] for field in row)})


def _tests(call: Xml.Element) -> list[Xml.Element]:
    both = call.find("filter/and")
    return list(both if both is not None else call.find("filter") or [])


def _passes(test: Xml.Element, row: Object) -> bool:
    name = str(test.findtext("field"))
    given = [_value(name, each.text) for each in test.iterfind("value")]
    held = row.get(name)
    return held is not None and OPERATORS[test.tag](_value(name, held), given)


def _value(name: str, said: Any) -> Any:
    if name in ("WHENMODIFIED", "ACCESSTIME"):
        return dt.datetime.strptime(str(said), "%m/%d/%Y %H:%M:%S").replace(tzinfo=dt.UTC)
    return Decimal(str(said)) if name == "RECORDNO" else str(said)


def _succeeded(data: Xml.Element) -> Reply:
    root = _blocks()
    result = Xml.SubElement(root[1], "result")
    Xml.SubElement(result, "status").text = "success"
    result.append(data)
    return Reply(200, Xml.tostring(root, encoding="utf-8"), XML)


def _unauthorized(words: str) -> Reply:
    return _failed(401, "operation/authentication", "XL03000006", words)


def _failed(status: int, block: str, number: str, words: str) -> Reply:
    root = _blocks()
    if block == "operation/result":
        Xml.SubElement(root[1], "result")
    at = root.find(block)
    assert at is not None
    told = at.find("status")
    (told if told is not None else Xml.SubElement(at, "status")).text = "failure"
    within = {"control": root, "operation/authentication": root[1]}.get(block, at)
    error = Xml.SubElement(Xml.SubElement(within, "errormessage"), "error")
    for tag, text in (("errorno", number), ("description", ""), ("description2", words), ("correction", "")):
        Xml.SubElement(error, tag).text = text
    return Reply(status, Xml.tostring(root, encoding="utf-8"), XML)


def _blocks() -> Xml.Element:
    root = Xml.Element("response")
    Xml.SubElement(Xml.SubElement(root, "control"), "status").text = "success"
    operation = Xml.SubElement(root, "operation")
    Xml.SubElement(Xml.SubElement(operation, "authentication"), "status").text = "success"
    return root
