"""`backlog matches`: records of several systems that are one, or may be, and what people decide about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import App, command, group
from cli.status import when
from cli.who import by_option, named, why_option
from model.errors import Unanswerable

if TYPE_CHECKING:
    from books.facts import Unified
    from books.ledgers import Books
    from books.rules import Pair

_KINDS = ("customers", "contracts", "invoices")


@group()
def matches() -> None:
    """Customers, contracts and invoices that several systems have: what is one, what may be, who decided."""


@matches.add_command
@command("backlog matches list\nbacklog matches list customers\nbacklog matches list --waiting", name="list")
@click.argument("kind", required=False, type=click.Choice(_KINDS))
@click.option("--waiting", is_flag=True, help="Only what waits for a person.")
@click.option("--decided", is_flag=True, help="What people decided, all of it, the oldest first.")
def list_(app: App, kind: str | None, waiting: bool, decided: bool) -> None:
    """What waits for a person, best first; then what counts as one, the governing record first, and by what.

    Each line begins with a short name of the pair, for accept and split. Invoices are counted unless asked for.
    """
    from books.ledgers import Books

    books = Books(app.settings)
    if decided:
        _log(books, kind)
        return
    found = books.matching()
    asked = [pair for pair in found.asked if kind in (None, pair.kind)]
    for pair in asked:
        screen.say(f"{pair.id}\t? {_pair(pair)}\tby {pair.by}, {pair.score} of 100")
    if not waiting:
        _joined(found, kind)
    screen.say(f"{len(asked)} wait for a person: backlog matches accept ID, or split ID")


def _about_two(decides: Callable[..., None]) -> Callable[..., None]:
    """What every decision about two records is told: which, why, and by whom."""
    for say in (
        click.option(
            "--kind", type=click.Choice(_KINDS), default="customers", show_default=True, help="Of LEFT and RIGHT."
        ),
        by_option,
        why_option,
        click.argument("names", nargs=-1, required=True, metavar="ID | LEFT RIGHT"),
    ):
        decides = say(decides)
    return decides


@matches.add_command
@command(
    'backlog matches accept 3f2a91c0\nbacklog matches accept crm:4711 billing:cus_1 --why "same company, told by Ana"'
)
@_about_two
def accept(app: App, names: tuple[str, ...], why: str, who: str, kind: str) -> None:
    """Says that two records are one: of a pair that waits, or of any two, each as connector:id."""
    _decide(app, names, "same", why, who, kind)


@matches.add_command
@command('backlog matches split 3f2a91c0 --why "two companies of one group"')
@_about_two
def split(app: App, names: tuple[str, ...], why: str, who: str, kind: str) -> None:
    """Says that two records are two, whatever the keys say now or later."""
    _decide(app, names, "apart", why, who, kind)


@matches.add_command
@command("backlog matches undo 3f2a91c0")
@_about_two
def undo(app: App, names: tuple[str, ...], why: str, who: str, kind: str) -> None:
    """Takes a decision back: the keys decide again. It stays on record."""
    _decide(app, names, "undone", why, who, kind)


def _joined(found: Unified, kind: str | None) -> None:
    from model.money import to_decimal

    for pair in found.pairs:
        if kind == pair.kind or (kind is None and pair.kind == "customers"):
            screen.say(f"{pair.id}\t= {_pair(pair)}\tby {pair.by}")
    rows = found.matched.to_dict("records") if kind in (None, "contracts") else []
    ids = {(pair.left, pair.right): pair.id for pair in found.pairs}
    for row in rows:
        amounts = [to_decimal(row[name], row["currency"]) for name in ("kept_minor", "same_minor")]
        screen.say(
            f"{ids.get((row['kept_name'], row['same_name']), '')}\t"
            f"= {row['kept_name']} = {row['same_name']}\t{row['customer']}\tby {row['by']}"
            f"\t{amounts[0]:,} and {amounts[1]:,} {row['currency']}"
        )
    counts = {each: sum(pair.kind == each for pair in found.pairs) for each in _KINDS}
    for each in _KINDS:
        if kind in (None, each):
            screen.say(f"{counts[each]} {each} are in several systems and count once")


def _pair(pair: Pair) -> str:
    shown = [
        f"{name} ({title})" if title else name for name, title in zip((pair.left, pair.right), pair.names, strict=True)
    ]
    return " = ".join(shown)


def _log(books: Books, kind: str | None) -> None:
    from books.rules import pair_id
    from store.decisions import decisions

    rows = [
        (pair_id(each.kind, each.left, each.right), each.kind, each.left, each.right, each.decision, each.who,
         when(each.at), each.rule, each.why)
        for each in decisions(books.engine, all_of_them=True)
        if kind in (None, each.kind)
    ]  # fmt: skip
    screen.table(("pair", "kind", "left", "right", "decision", "who", "when", "matched by", "why"), rows)


def _decide(app: App, names: Sequence[str], word: Any, why: str, who: str, kind: str) -> None:
    from books.ledgers import Books
    from cli.sync import build
    from sync.decide import decide

    if len(names) > 2:
        raise click.UsageError("Name one pair: its ID, or LEFT and RIGHT.")
    books = Books(app.settings)
    pair = _named(books, names[0]) if len(names) == 1 else _of_two(books, kind, names[0], names[1])
    _check(app, pair, word)
    decide(
        books.engine, pair.kind, pair.left, pair.right, word, rule=pair.by, who=named(who), why=why,
        now=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    said = {"same": "are one", "apart": "are two, and stay so", "undone": "are left to the keys again"}[word]
    screen.say(f"{pair.id}: {pair.left} and {pair.right} {said}")
    build(books, app.today)


def _named(books: Books, name: str) -> Pair:
    """The pair of that short name, or of its beginning, among all that are known."""
    from books.rules import Pair
    from store.decisions import decisions

    found = books.matching()
    pairs = {pair.id: pair for pair in [*found.asked, *found.pairs]}
    for each in decisions(books.engine, all_of_them=True):
        pair = Pair(each.kind, each.left, each.right, each.rule)
        pairs.setdefault(pair.id, pair)
    fitting = [pair for key, pair in pairs.items() if key.startswith(name.lower())] if len(name) >= 4 else []
    if len(fitting) != 1:
        why = "several pairs begin with" if fitting else "there is no pair"
        raise Unanswerable(f"{why} {name!r}. See: backlog matches list")
    return fitting[0]


def _of_two(books: Books, kind: str, left: str, right: str) -> Pair:
    from books.rules import Pair

    for name in (left, right):
        source, colon, record = name.partition(":")
        if not colon or not _is_there(books, kind, source, record):
            raise Unanswerable(
                f"there is no {name!r} among the {kind}. Write connector:id, and --kind where it is no customer"
            )
    if left == right:
        raise Unanswerable(f"{left!r} is one record. Name two")
    return Pair(kind, left, right, "a person")


def _is_there(books: Books, kind: str, source: str, record: str) -> bool:
    from store.read import history

    versions = history(books.engine, kind, source, record)
    return bool(versions) and versions[-1].known_to is None


def _check(app: App, pair: Pair, word: str) -> None:
    """What the configuration says goes by the configuration; two contracts of one system are two."""
    named = {"customers": app.settings.matching.customers, "contracts": app.settings.matching.contracts}.get(
        pair.kind, {}
    )
    mapped = any({one, other} == {pair.left, pair.right} for one, other in named.items())
    if word == "apart" and mapped:
        raise Unanswerable(
            f"{pair.left} and {pair.right} are one by [matching.{pair.kind}] in {app.settings.path}: take that line out"
        )
    if word == "same" and pair.kind != "customers" and pair.left.split(":")[0] == pair.right.split(":")[0]:
        raise Unanswerable(f"{pair.left} and {pair.right} are of one system, which counts them as two")
