"""Any Singer tap: a program of its own, in its own environment, whose records the configuration maps to ours.

    [connectors.legacy]
    kind = "singer"
    command = ["/opt/taps/tap-legacy/bin/tap-legacy"]
    settings_file = "tap-legacy.json"                 # its own settings, secrets included: readable by the service alone
    [connectors.legacy.streams.invoices]
    table = "invoices"
    key = "id"
    fields = { invoice_id = "id", customer_id = "customer.id", issued_on = "date", currency = "currency", status = "state" }

Messages are read line by line: https://hub.meltano.com/singer/spec. Numbers are exact as written. A STATE is kept in the
transaction that stores the records told before it, and given back to the tap by its next run. A tap must end with 0.
"""

from connectors.singer.singer import Singer

__all__ = ["Singer"]
