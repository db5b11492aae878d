"""Which objects are read, what each is made of, and which fields are asked for.

Which fields a company has depends on its subscriptions: those that its own definition of an object lacks are not asked
for, and what the configuration names must be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.intacct import documents
from connectors.intacct.questions import KEY
from connectors.kit.fields import Fields, nearest
from connectors.kit.maps import flattened
from model.errors import ConfigNeeded

# our objects -> Intacct's, the field that is its id, the table it is read into
OBJECTS: Mapping[str, tuple[str, str, str]] = {
    "customers": ("CUSTOMER", "CUSTOMERID", "customers"),
    "items": ("ITEM", "ITEMID", "products"),
    "contracts": ("CONTRACT", "CONTRACTID", "contracts"),
    "invoices": ("ARINVOICE", KEY, "invoices"),
    "adjustments": ("ARADJUSTMENT", KEY, "credit_notes"),
    "payments": ("ARPYMT", KEY, "payments"),
}
# our objects -> what they are made of: Intacct's object, the field that names the whole, the table it is read into
PARTS: Mapping[str, tuple[str, str, str]] = {
    "contracts": ("CONTRACTDETAIL", "CONTRACTID", "contract_lines"),
    "invoices": ("ARINVOICEITEM", "RECORDKEY", "invoice_lines"),
    "adjustments": ("ARADJUSTMENTITEM", "RECORDKEY", "invoice_lines"),
    "payments": ("ARPYMTDETAIL", "PAYMENTKEY", ""),
}
# Fields that are read beside those of the maps.
BESIDE: Mapping[str, tuple[str, ...]] = {
    "CUSTOMER": (), "ITEM": (),
    "CONTRACT": ("STATE", "TERMTYPE", "BILLINGFREQUENCY", "CANCELDATE", "WHENCREATED"),
    "CONTRACTDETAIL": ("STATE", "BILLINGMETHOD", "BILLINGOPTIONS", "BILLINGFREQUENCY", "PRORATEBILLINGPERIOD", "FLATAMOUNT",
                       "LINETYPE", "CANCELDATE", "WHENCREATED"),
    "ARINVOICE": ("STATE", "TRX_TOTALENTERED", "TRX_TOTALDUE"),
    "ARINVOICEITEM": ("TRX_AMOUNT", "PARENTENTRY", "SUBTOTAL", "CONTRACTID"),
    "ARADJUSTMENT": ("STATE", "TRX_TOTALENTERED", "TRX_TOTALDUE", "WHENDUE", "RECORDID"),
    "ARADJUSTMENTITEM": ("TRX_AMOUNT", "PARENTENTRY", "SUBTOTAL", "CONTRACTID"),
    "ARPYMT": ("STATE", "TRX_TOTALENTERED"),
    "ARPYMTDETAIL": ("RECORDKEY", "POSADJKEY", "TRX_PAYMENTAMOUNT", *documents.EARLIER),
}  # fmt: skip


class Catalogue:
    """The fields of objects. `define` gives those of one, which are asked for once."""

    def __init__(
        self, name: str, define: Callable[[str], list[str]], maps: Mapping[str, Fields], configured: Mapping[str, Any]
    ) -> None:
        self._name, self._define, self._maps, self._configured = name, define, maps, configured
        self._known: dict[str, list[str]] = {}

    def fields(self, source: str) -> list[str]:
        """Every field an object has in this company."""
        if source not in self._known:
            self._known[source] = self._define(source)
        return self._known[source]

    def of_table(self, table: str) -> Iterable[str] | None:
        """The fields of the objects that a table is read from; None where it is read from none."""
        sources = [each for each, _, name in (*OBJECTS.values(), *PARTS.values()) if name == table]
        return {field for each in sources for field in self.fields(each)} if sources else None

    def asked(self, source: str, table: str) -> list[str]:
        """The fields to ask for. Raises ConfigNeeded where the configuration names one that is not there."""
        known = set(self.fields(source))
        mine = {path for each in self._maps.get(table, {}).values() for path in each.paths}
        if table == "credit_notes":  # an adjustment may also be a debit memo, which bills like an invoice
            mine |= {path for each in self._maps["invoices"].values() for path in each.paths}
        for key, path in flattened(self._configured):
            if key.partition(".")[0] == table and not _has(str(path), known):
                raise ConfigNeeded(
                    f"{self._name}: [connectors.{self._name}.fields] reads {key} from {str(path)!r}, which Sage Intacct does "
                    f"not have{nearest(str(path), known)}. See: backlog connectors test {self._name}"
                )
        whole = next((field for each, field, _ in PARTS.values() if each == source), KEY)
        return sorted(each for each in {KEY, whole, *mine, *BESIDE[source]} if _has(each, known))


def _has(path: str, known: Iterable[str]) -> bool:
    """Whether an object has a field; one of a related object is known to that object only."""
    return "." in path or path in known
