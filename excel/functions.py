"""The functions that answer with one figure a cell: balances at a day, flows over a period, the age of the data.

Names, argument orders and meanings are those of the reference page; what each figure is, the engine says. The
functions that answer with a table are in excel/functions_tables.py.
"""

from __future__ import annotations

from excel.answers import Amounts, Values
from excel.catalogue import function
from excel.figures import Question, amounts
from excel.freshness import last_complete
from excel.host import Host
from excel.metrics import metric_cells
from excel.scenarios import scenario_cells
from excel.vocabulary import (
    Basis,
    Bucket,
    Connector,
    Contract,
    Currency,
    Customer,
    Date,
    From,
    KnownAt,
    MetricFrom,
    MetricName,
    Months,
    Part,
    Product,
    ScenarioName,
    ShockedFunction,
    To,
)


@function("BACKLOG", returns="money", example='=BACKLOG("Acme Ltd", DATE(2026,1,31))')
def backlog(
    host: Host,
    customer: Customer,
    date: Date,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Contracted price not yet recognized."""
    return amounts(host, Question("backlog", customer, product, contract, date, currency, known_at))


@function("CONTRACTED", returns="money", example='=CONTRACTED("Acme Ltd", DATE(2026,1,31))')
def contracted(
    host: Host,
    customer: Customer,
    date: Date,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Committed transaction price, after the amendments signed by that day."""
    return amounts(host, Question("contracted", customer, product, contract, date, currency, known_at))


@function("RECOGNIZED", returns="money", example='=RECOGNIZED("Acme Ltd", DATE(2026,1,1), DATE(2026,1,31))')
def recognized(
    host: Host,
    customer: Customer,
    from_: From,
    to: To,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Revenue earned in the days of a period."""
    return amounts(host, Question("recognized", customer, product, contract, to, currency, known_at, from_))


@function("BILLED", returns="money", example='=BILLED("Acme Ltd", DATE(2026,1,1), DATE(2026,1,31))')
def billed(
    host: Host,
    customer: Customer,
    from_: From,
    to: To,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Invoiced in the days of a period, net of credit notes and without tax."""
    return amounts(host, Question("billed", customer, product, contract, to, currency, known_at, from_))


@function("COLLECTED", returns="money", example='=COLLECTED("Acme Ltd", DATE(2026,1,1), DATE(2026,1,31))')
def collected(
    host: Host,
    customer: Customer,
    from_: From,
    to: To,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Cash received in the days of a period, net of refunds."""
    return amounts(host, Question("collected", customer, product, contract, to, currency, known_at, from_))


@function("DEFERRED", returns="money", example='=DEFERRED("Acme Ltd", DATE(2026,1,31), "current")')
def deferred(
    host: Host,
    customer: Customer,
    date: Date,
    part: Part,
    basis: Basis,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Contract liability: billed (or paid) and not yet recognized, contract by contract."""
    options = {"part": part, "basis": basis}
    return amounts(host, Question("deferred", customer, product, contract, date, currency, known_at, options=options))


@function("UNBILLED", returns="money", example='=UNBILLED("Acme Ltd", DATE(2026,1,31))')
def unbilled(
    host: Host,
    customer: Customer,
    date: Date,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Recognized and not yet billed, contract by contract."""
    return amounts(host, Question("unbilled", customer, product, contract, date, currency, known_at))


@function("RECEIVABLE", returns="money", example='=RECEIVABLE("Acme Ltd", DATE(2026,1,31), "90+")')
def receivable(
    host: Host,
    customer: Customer,
    date: Date,
    bucket: Bucket,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Owed by customers, tax included, by days past due."""
    options = {"bucket": bucket}
    return amounts(host, Question("receivable", customer, product, contract, date, currency, known_at, options=options))


@function("RPO", returns="money", example='=RPO("Acme Ltd", DATE(2026,1,31), 12)')
def rpo(
    host: Host,
    customer: Customer,
    date: Date,
    months: Months,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Remaining performance obligations as disclosed, after the elected exemptions."""
    options = {"months": months}
    return amounts(host, Question("rpo", customer, product, contract, date, currency, known_at, options=options))


@function("BOOKINGS", returns="money", example='=BOOKINGS("Acme Ltd", DATE(2026,1,1), DATE(2026,1,31))')
def bookings(
    host: Host,
    customer: Customer,
    from_: From,
    to: To,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Commitment added in a period: new contracts, added lines, renewals."""
    return amounts(host, Question("bookings", customer, product, contract, to, currency, known_at, from_))


@function("CANCELLATIONS", returns="money", example='=CANCELLATIONS("Acme Ltd", DATE(2026,1,1), DATE(2026,1,31))')
def cancellations(
    host: Host,
    customer: Customer,
    from_: From,
    to: To,
    product: Product,
    contract: Contract,
    currency: Currency,
    known_at: KnownAt,
) -> Amounts:
    """Commitment lost in a period by removed and terminated scope, a positive amount."""
    return amounts(host, Question("cancellations", customer, product, contract, to, currency, known_at, from_))


@function(
    "METRIC", returns="number", example='=METRIC("recognition_rate", DATE(2026,1,31), "Acme Ltd", DATE(2026,1,1))'
)
def metric(host: Host, name: MetricName, date: Date, customer: Customer, from_: MetricFrom) -> Values:
    """A measure by its name: a ratio as a number, a credit as an amount."""
    return metric_cells(host, name, date, customer, from_)


@function("SCENARIO", returns="money", example='=SCENARIO("downturn", "BACKLOG", "Acme Ltd", DATE(2026,1,31))')
def scenario(host: Host, scenario: ScenarioName, function: ShockedFunction, customer: Customer, date: Date) -> Values:
    """The figure of another function under a configured stress scenario; flows are since the beginning."""
    return scenario_cells(host, scenario, function, customer, date)


@function("SYNCED", returns="date", example='=SYNCED("crm")')
def synced(host: Host, connector: Connector) -> Values:
    """When a connector's data was last complete, in the company's time zone."""
    return last_complete(host, connector)
