"""What may stand in config.toml: one class a block, one line of purpose a key.

`config.example.toml` and the settings reference are made from these classes: a key is declared here, nowhere else.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from model.calendar import WEEKDAYS, WEEKS, Calendar
from model.policy import Policy
from model.records import RECOGNITION
from model.settings_steering import Block, RiskBlock, SalesBlock, ScenarioBlock, SignalsBlock
from model.settings_words import Currency, Listen, MailAddress, OneOf, Schedule, SourceId, Timezone, WebUrl, store_url

CUSTOMER_KEYS = ("map", "deal", "shared_id", "tax_id", "domain")
CONTRACT_KEYS = ("map", "deal_id", "amount")
INVOICE_KEYS = ("number",)
_POLICY = Policy()


def _blank(value: Any) -> Any:
    return None if value == "" else value


class StoreBlock(Block):
    """Where everything that was read is kept."""

    url: Annotated[str, AfterValidator(store_url)] = Field(
        "sqlite:///backlog.db",
        description="a SQLite file (a relative one lies beside this file), or postgresql://user@host/database",
    )


class ReportingBlock(Block):
    """How figures are presented."""

    currency: Currency = Field("USD", description="figures of mixed currencies are shown in this one")
    fiscal_year_start: int = Field(1, ge=1, le=12, description="the first month of the fiscal year, 1 to 12")
    fiscal_calendar: Annotated[str, AfterValidator(OneOf(("months", *WEEKS, "custom")))] = Field(
        "months", description="reporting periods: calendar months, weeks by quarter, or fiscal_month_ends"
    )
    fiscal_week_ends_on: Annotated[str, AfterValidator(OneOf(WEEKDAYS))] = Field(
        "saturday", description="the weekday on which a year of weeks ends"
    )
    fiscal_year_ends: Annotated[str, AfterValidator(OneOf(("last", "nearest")))] = Field(
        "last", description="a year of weeks ends on the last such day of its final month, or the one nearest its end"
    )
    fiscal_month_ends: list[dt.date] = Field(
        [], description="custom: the last day of the year before, then the twelve month ends of each year"
    )
    timezone: Timezone = Field("UTC", description="the zone in which a day ends")

    @property
    def calendar(self) -> Calendar:
        """The reporting periods these settings describe."""
        weeks = WEEKS.get(self.fiscal_calendar, ())
        ends = tuple(self.fiscal_month_ends) if self.fiscal_calendar == "custom" else ()
        weekday = WEEKDAYS.index(self.fiscal_week_ends_on)
        return Calendar(self.fiscal_year_start, weeks, weekday, self.fiscal_year_ends == "nearest", ends)


class PolicyBlock(Block):
    """The accounting policies elected; a change rebuilds the ledger."""

    rounding: Annotated[str, AfterValidator(OneOf(("cumulative", "last_period")))] = Field(
        _POLICY.rounding, description="round the running total, or each month with the remainder in the last"
    )
    deferred_basis: Annotated[str, AfterValidator(OneOf(("billed", "paid")))] = Field(
        _POLICY.deferred_basis, description="deferred revenue arises when billed, or when paid"
    )
    recognition: Annotated[str, AfterValidator(OneOf(RECOGNITION))] = Field(
        _POLICY.recognition, description="the method of a line for which neither line nor product names one"
    )
    termination: Annotated[str, AfterValidator(OneOf(("contracted", "enforceable")))] = Field(
        _POLICY.termination, description="backlog counts the whole contract, or what a notice could not undo"
    )
    rpo_expedients: list[
        Annotated[str, AfterValidator(OneOf(("right_to_invoice", "one_year", "royalty", "unallocated_variable")))]
    ] = Field(list(_POLICY.rpo_expedients), description="what RPO leaves out (ASC 606-10-50-14, -14A)")
    credit_notes: Annotated[str, AfterValidator(OneOf(("catch_up", "deferred_first")))] = Field(
        _POLICY.credit_notes, description="a price lowered by credit adjusts to date, or releases deferred first"
    )
    progress_decimals: Annotated[int | None, BeforeValidator(_blank)] = Field(
        _POLICY.progress_decimals, ge=0, le=12, description='decimals of a share complete; "" = exact'
    )
    fx_revenue: Annotated[str, AfterValidator(OneOf(("daily", "average")))] = Field(
        _POLICY.fx_revenue, description="revenue is converted at the rate of its day, or its period's average"
    )

    def policy(self) -> Policy:
        """The elections as the engine takes them."""
        return Policy(**{**self.model_dump(), "rpo_expedients": tuple(sorted(set(self.rpo_expedients)))})


class ConnectorBlock(BaseModel):
    """What every connector has; its own keys are declared by its kind and checked by connectors.registry."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    kind: str = Field(min_length=1, description="the vendor, see: backlog connectors list")
    schedule: Schedule | None = Field(
        None, description='when `backlog run` pulls it: cron, or "every 20 minutes"; without one only `backlog sync`'
    )
    timezone: Timezone = Field(
        "UTC", description="the account's zone: of its schedule, and of the day a moment falls on"
    )


class Job(Block):
    """A job of `backlog run` besides the connectors."""

    run: Literal["workbook refresh", "sync", "ledger build", "signals"] = Field(
        description='what to do: "sync" all connectors, "ledger build", "workbook refresh", or "signals": tell of new ones'
    )
    schedule: Schedule = Field(description='when to do it: cron, or "every 2 days at 06:30"')
    timezone: Timezone = Field("UTC", description="the zone of the schedule")
    files: list[str] = Field([], description="the workbooks of a refresh, as patterns beside this file")
    report: Literal["never", "changes", "always"] = Field(
        "never", description='when a refresh tells those of [alerts] what it did: "never", "changes", or "always"'
    )


class GovernBlock(Block):
    """Which connectors govern a kind of record, in order, where that differs from `authority`: billing its invoices."""

    customers: list[str] = Field([], description="names, segments and regions")
    contracts: list[str] = Field([], description="price and terms: the signed order's system first")
    invoices: list[str] = Field([], description="invoices with their credits and payments: billing first")


class WorkbooksBlock(Block):
    """How somebody's own workbooks are refreshed."""

    backups: int = Field(3, ge=0, le=1000, description="how many former files are kept beside each, as FILE.bak-TIME")
    libreoffice: str = Field(
        "auto",
        min_length=1,
        description='computes what only a spreadsheet program can: its path, "auto" to look for it, "off"',
    )
    seconds: int = Field(300, ge=1, le=86_400, description="how long it may take over one workbook")
    workers: int = Field(0, ge=0, le=64, description="workbooks refreshed at once; 0 = as many as processors")


class MatchingBlock(Block):
    """How the same customer, deal or invoice seen in several systems becomes one."""

    authority: list[str] = Field(
        [], description="connectors in the order in which they govern where several have the same thing"
    )
    customer_keys: list[Annotated[str, AfterValidator(OneOf(CUSTOMER_KEYS))]] = Field(
        list(CUSTOMER_KEYS), description="by what customers are one, the surest first"
    )
    contract_keys: list[Annotated[str, AfterValidator(OneOf(CONTRACT_KEYS))]] = Field(
        list(CONTRACT_KEYS), description="by what contracts are one, the surest first"
    )
    invoice_keys: list[Annotated[str, AfterValidator(OneOf(INVOICE_KEYS))]] = Field(
        list(INVOICE_KEYS), description="by what invoices are one"
    )
    similar_names: int = Field(
        85, ge=0, le=100, description="from how much of 100 on names that are alike are suggested; 0 = never"
    )
    govern: GovernBlock = Field(GovernBlock(), description="who governs a kind of record, where that differs")  # type: ignore[call-arg]
    customers: dict[SourceId, SourceId] = Field({}, description='customers that are one: "billing:cus_1" = "crm:4711"')
    contracts: dict[SourceId, SourceId] = Field({}, description='contracts that are one: "billing:sub_1" = "crm:815"')


class ServiceBlock(Block):
    """What `backlog run` shows of itself."""

    listen: Listen = Field("127.0.0.1:8739", description='where /healthz and /metrics are answered; "" = nowhere')
    log: Annotated[str, AfterValidator(OneOf(("text", "json")))] = Field(
        "text", description="how its log lines are written"
    )


ALERT_SECRETS = ("webhook_url", "smtp_password")
"""The secrets of [alerts]: where alerts are posted to, and the mail server's password."""


class AlertsBlock(Block):
    """Whom `backlog run` tells of failures, stale data and recoveries; a webhook's address is a secret: alerts.webhook_url."""

    after_failures: int = Field(1, ge=1, description="a job is told of when it has failed so often in a row")
    stale_after_hours: int = Field(
        24, ge=1, description="data older than this, and than twice the time between two pulls, is stale"
    )
    mail_to: list[MailAddress] = Field([], description="addresses that are told by mail")
    mail_from: MailAddress = Field("", description="the sender's address; needed for mail")
    smtp_host: str = Field("", description="the mail server; needed for mail")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Annotated[str, AfterValidator(OneOf(("starttls", "tls", "none")))] = Field(
        "starttls", description="how the way to it is protected"
    )
    smtp_user: str = Field("", description="its user, if any; the password is a secret: alerts.smtp_password")


class WebBlock(Block):
    """The server of `backlog serve`: the functions over HTTP, and the add-ins of spreadsheets."""

    listen: Listen = Field("127.0.0.1:8740", description="its address; other than loopback needs TLS and tokens")
    public_url: WebUrl = Field(
        "", description="how others reach it, such as https://backlog.example.com behind a proxy"
    )
    certificate_path: str = Field("", description="TLS: the certificate with its chain, a PEM file")
    key_path: str = Field("", description="TLS: its private key, a PEM file that only the server can read")
    authentication: Annotated[str, AfterValidator(OneOf(("tokens", "none")))] = Field(
        "tokens", description="who may ask: those with a token (backlog token create), or all on this machine"
    )
    seconds: int = Field(30, ge=1, le=600, description="how long one request may be worked on")

    @property
    def address(self) -> str:
        """Where people reach it."""
        return self.public_url.rstrip("/") or f"{'https' if self.certificate_path else 'http'}://{self.listen}"


class ConfigFile(Block):
    """The whole file."""

    store: StoreBlock = StoreBlock()  # type: ignore[call-arg]
    reporting: ReportingBlock = ReportingBlock()  # type: ignore[call-arg]
    policy: PolicyBlock = PolicyBlock()  # type: ignore[call-arg]
    connectors: dict[str, ConnectorBlock] = {}
    jobs: dict[str, Job] = {}
    service: ServiceBlock = ServiceBlock()  # type: ignore[call-arg]
    alerts: AlertsBlock = AlertsBlock()  # type: ignore[call-arg]
    web: WebBlock = WebBlock()  # type: ignore[call-arg]
    matching: MatchingBlock = MatchingBlock()  # type: ignore[call-arg]
    workbooks: WorkbooksBlock = WorkbooksBlock()  # type: ignore[call-arg]
    sales: SalesBlock = SalesBlock()  # type: ignore[call-arg]
    scenarios: dict[str, ScenarioBlock] = {}
    signals: SignalsBlock = SignalsBlock()  # type: ignore[call-arg]
    risk: RiskBlock = RiskBlock()  # type: ignore[call-arg]
