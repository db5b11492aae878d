"""`backlog matches`: contracts that two systems have, and why they count once."""

from __future__ import annotations

from cli import screen
from cli.app import App, command, group


@group()
def matches() -> None:
    """Contracts that two systems have: which one governs, and why they count once."""


@matches.add_command
@command("backlog matches list", name="list")
def list_(app: App) -> None:
    """Each pair: the contract that governs, the one it stands for, by what they were matched, and what each states."""
    from books.ledgers import Books
    from model.money import to_decimal

    found = Books(app.settings).matched()
    for row in found.to_dict("records"):
        amounts = [to_decimal(row[name], row["currency"]) for name in ("kept_minor", "same_minor")]
        screen.say(
            f"{row['kept_source']} {row['kept']} = {row['same_source']} {row['same']}\t{row['customer']}\tby {row['by']}"
            f"\t{amounts[0]:,} and {amounts[1]:,} {row['currency']}"
        )
    screen.say(f"{len(found)} contracts are in two systems and count once")
