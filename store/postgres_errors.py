"""What PostgreSQL's errors mean for a person.

A statement that fails has a state of five signs. A connection that fails has words only, and those in the language of
the server: where they are not among the ones below they are passed on as they are, with what is worth looking at.
"""

from __future__ import annotations

from typing import NamedTuple

from model.errors import BacklogError, ConfigNeeded, RetryLater

_WHOLE = "What was stored is whole; try again"


class _Meaning(NamedTuple):
    """States and words by which an error is known, what happens next, and what a person is told ({said}: the server)."""

    states: tuple[str, ...]
    words: tuple[str, ...]
    kind: type[BacklogError]
    text: str


_MEANINGS = (
    _Meaning(("55P03",), (), RetryLater,
             "another program has held it for {patience:g} s. Let it finish, then retry"),
    _Meaning(("53100",), ("No space left",), ConfigNeeded,
             "the server's disk is full. Free some space; what was stored before is whole"),
    _Meaning((), ("no pg_hba.conf entry",), ConfigNeeded,
             "the server lets this user in from elsewhere only ({said}). Ask its administrator for a line in pg_hba.conf"),
    _Meaning(("28P01", "28000"), ("password authentication failed", "no password supplied", "role \""), ConfigNeeded,
             "the server refuses this user or password. Check the user in [store] url and give the password: "
             "set BACKLOG_STORE_PASSWORD, or run: backlog secrets set store.password"),
    _Meaning(("3D000",), ("\" does not exist",), ConfigNeeded,
             "the server has no such database. Have it made: createdb --owner USER --encoding UTF8 NAME"),
    _Meaning(("42501",), ("permission denied",), ConfigNeeded,
             "the server says: {said}. Have the right given, by the owner of the database: "
             "GRANT CONNECT, TEMPORARY ON DATABASE name TO user; GRANT USAGE, CREATE ON SCHEMA public TO user"),
    _Meaning(("25006",), (), ConfigNeeded,
             "this server only reads ({said}). Name the one that is written to under [store] url"),
    _Meaning(("53300",), ("too many clients", "remaining connection slots"), RetryLater,
             "the server has no connection left ({said}). Try again, or have max_connections raised"),
    _Meaning(("25P03",), (), RetryLater,
             "this program was stopped for too long in the middle of a page, which was given up. " + _WHOLE),
    _Meaning(("40001", "40P01"), (), RetryLater, "another program was in the way ({said}). " + _WHOLE),
    _Meaning((), ("translate host name", "resolve host", "Name or service not known"), ConfigNeeded,
             "there is no such host. Check the host in [store] url"),
    _Meaning((), ("Connection refused", "timeout expired", "No such file or directory"), RetryLater,
             "no server answers ({said}). Start it, or check host and port in [store] url; then try again"),
    _Meaning(("57P01", "57P02", "57P03"), ("starting up", "shutting down"), RetryLater,
             "the server is being stopped or started ({said}). " + _WHOLE),
)  # fmt: skip


def explain(error: BaseException, where: object, patience: float) -> BacklogError:
    """The error as one of ours. `where` names the store; the server's own words never hold a password."""
    words = str(error).strip()
    said = words.splitlines()[0].removeprefix("connection failed: ") if words else type(error).__name__
    state = getattr(error, "sqlstate", None) or ""
    for meaning in _MEANINGS:
        # Words decide only where there is no state: a statement's text could hold any of them.
        if state in meaning.states or (not state and any(word in words for word in meaning.words)):
            return meaning.kind(f"store {where}: {meaning.text.format(said=said, patience=patience)}")
    if state.startswith("08") or (not state and type(error).__name__ in ("OperationalError", "InterfaceError")):
        return RetryLater(
            f"store {where}: the connection was lost or refused ({said}). {_WHOLE}, or run: backlog doctor"
        )
    return ConfigNeeded(f"store {where}: {said}. Run: backlog doctor")
