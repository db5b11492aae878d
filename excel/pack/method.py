"""The method page: each policy in force in plain words, with the paragraph of the standard it stands on."""

from __future__ import annotations

from excel.pack.sheet import Block, Column, Row, Sheet
from excel.pack.source import Month
from model.policy import Policy

TITLE = "Method"

# What every figure means, whatever the policies: subject, words, source.
FIXED = (
    ("Contracted", "Fixed price and constrained estimate of variable consideration of contracts signed by the day, "
     "after the amendments signed by it. Proposals, drafts and unsigned renewals never count.", "606-10-25-1, 32-2"),
    ("Backlog", "Contracted less recognized revenue, per contract, then summed. Billing and payment play no part.",
     "606-10-50-13"),
    ("Allocation", "The price is spread over the promises by stand-alone selling prices, to the last cent; discounts "
     "that belong to some promises stay with them.", "606-10-32-28, 32-37"),
    ("Amendments", "A separate contract where scope is distinct and at its stand-alone price; else what remains "
     "carries what is left of the price; one promise partly met is caught up.", "606-10-25-12, 25-13"),
    ("Credit notes", "A billing correction moves what is billed. A price concession, cancellation or refund lowers "
     "the price as well. Bad debt is an expense, never negative revenue.", "606-10-32-25, 32-42"),
    ("Deferred revenue, unbilled", "Per contract: billed above earned is deferred revenue, earned above billed is "
     "unbilled. The current part is what is scheduled within twelve months.", "606-10-45-1 to 45-4"),
    ("Receivable", "Invoices with tax, less cash, credits and write-offs, aged by due date.", "606-10-45-4"),
    ("Closed periods", "A late or backdated fact never changes a closed month: its difference lands in the first open "
     "month, on a line of its own.", "250-10-45"),
    ("Currency", "Schedules run in the contract's currency. Backlog and RPO convert at the closing rate; a missing "
     "rate is said, never guessed.", "830-20-30"),
)  # fmt: skip
RECOGNITION_WORDS = {
    "straight_line_daily": "evenly by day, both ends included",
    "straight_line_monthly": "in equal months, part months by day",
    "straight_line_full_months": "a started month counts whole, the last is cut",
    "straight_line_half_month": "a month partly covered counts half",
    "straight_line_30_360": "in months of thirty days",
    "point_in_time": "whole when delivered",
    "milestone": "by the share each milestone earns",
    "percent_complete": "by the share complete",
    "units": "by units delivered",
    "usage": "as used or invoiced",
    "manual": "by the schedule given for the line",
}
_EXPEDIENTS = {
    "right_to_invoice": "work invoiced as it is done (50-14(b))",
    "one_year": "contracts of a year or less (50-14(a))",
    "royalty": "sales- and usage-based royalties (50-14A(a))",
    "unallocated_variable": "variable amounts that belong wholly to undelivered promises (50-14A(b))",
}


def sheet(month: Month) -> Sheet:
    """The sheet: the company's elections first, then what every figure means."""
    columns = (
        Column("subject", "Subject", "text", 26),
        Column("policy", "Policy in force", "text", 24),
        Column("meaning", "What it means", "long", 78),
        Column("source", "ASC", "text", 24),
    )
    meanings = (columns[0], Column("policy", "", "text", 24), *columns[2:])
    elected = tuple(_row(*entry) for entry in elections(month.ledger.policy))
    fixed = tuple(_row(subject, "", meaning, source) for subject, meaning, source in FIXED)
    return Sheet(
        title=TITLE,
        heading="Method",
        subtitle=f"The policies this pack was made with ({month.ledger.policy.digest()}), and what each figure means",
        items=(
            Block("elected", columns, elected, title="Elected by the company"),
            Block("fixed", meanings, fixed, title="What every figure means"),
        ),
    )


def elections(policy: Policy) -> list[tuple[str, str, str, str]]:
    """Subject, policy, meaning and paragraph of each election; one for every attribute of the policy."""
    paid = policy.deferred_basis == "paid"
    cumulative = policy.rounding == "cumulative"
    enforceable = policy.termination == "enforceable"
    decimals = policy.progress_decimals
    return [
        ("Recognition", _words(policy.recognition),
         f"A line that names no method is recognized {RECOGNITION_WORDS.get(policy.recognition, policy.recognition)}.",
         "606-10-25-31, 55-20"),
        ("Rounding", _words(policy.rounding),
         "The running total is rounded half away from zero; months are its differences, so any split of time sums."
         if cumulative else "Each month is rounded by itself; the last one takes the remainder.", "606-10-25-31"),
        ("Deferred revenue", f"on what is {_words(policy.deferred_basis)}",
         "Cash received above revenue earned, per contract." if paid
         else "Invoices less credit notes above revenue earned, per contract.", "606-10-45-2"),
        ("Termination", _words(policy.termination),
         "Backlog counts only what a notice of termination could not undo." if enforceable
         else "Backlog counts the whole contract; RPO counts only what is enforceable.", "606-10-25-3"),
        ("RPO expedients", ", ".join(map(_words, policy.rpo_expedients)) or "none",
         left_out(policy), "606-10-50-14, 50-14A"),
        ("Credit notes", _words(policy.credit_notes),
         "A price lowered by credit is released from deferred revenue before revenue earned is touched."
         if policy.credit_notes == "deferred_first"
         else "A price lowered by credit is caught up on its day, for the share earned so far.", "606-10-32-42 to -45"),
        ("Progress", "exact" if decimals is None else f"{decimals} decimals",
         "A share complete is applied as it is." if decimals is None
         else f"A share complete is rounded to {decimals} decimals before it is applied.", "606-10-25-33"),
        ("Exchange rates of revenue", _words(policy.fx_revenue),
         "Revenue converts at the average rate of its period." if policy.fx_revenue == "average"
         else "Revenue converts at the rate of the day it is earned.", "830-10-55-10"),
    ]  # fmt: skip


def left_out(policy: Policy) -> str:
    """What the elected practical expedients leave out of RPO, in a sentence."""
    if not policy.rpo_expedients:
        return "Nothing is left out of RPO."
    named = "; ".join(_EXPEDIENTS.get(one, one.replace("_", " ")) for one in policy.rpo_expedients)
    return f"Left out of RPO: {named}."


def _row(subject: str, policy: str, meaning: str, source: str) -> Row:
    return Row({"subject": subject, "policy": policy, "meaning": meaning, "source": source})


def _words(value: str) -> str:
    return value.replace("_", " ")
