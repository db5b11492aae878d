"""What each figure under a scenario is made of: sums of every contract as they stand, shocked, and by the day of the shock.

The sums are by name: `billed` as it stands, `billed'` shocked, `billed°` what of it no shock reaches any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray


@dataclass
class Own:
    """Of every contract in its own currency: what the scenario changes, and what of the result a rate still moves."""

    difference: IntArray
    exposed: IntArray


SINCE = {"contracted": "recognized"}
"""What no shock reaches any more, where it is another figure of its day: of a commitment, what was earned."""
Totals = Mapping[str, IntArray]


def _plain(name: str) -> Callable[[Totals], Own]:
    return lambda t: Own(t[f"{name}'"] - t[name], t[f"{name}'"] - t[f"{name}°"])


def _backlog(t: Totals) -> Own:
    left = t["contracted'"] - t["recognized'"]
    return Own(left - (t["contracted"] - t["recognized"]), left)


def _balance(over: str, under: str) -> Callable[[Totals], Own]:
    """What of one exceeds the other, contract by contract; no rate moves it any more."""

    def derived(t: Totals) -> Own:
        after, before = (np.maximum(t[f"{over}{mark}"] - t[f"{under}{mark}"], 0) for mark in ("'", ""))
        return Own(after - before, np.zeros(after.size, np.int64))

    return derived


NEEDED: Mapping[str, tuple[str, ...]] = {
    "backlog": ("contracted", "recognized"), "contracted": ("contracted", "recognized"), "recognized": ("recognized",),
    "billed": ("billed",), "deferred": ("billed", "recognized"), "unbilled": ("billed", "recognized"), "rpo": ("rpo",),
    "collected": ("collected",), "receivable": ("receivable",), "bookings": ("bookings",), "cancellations": ("cancellations",),
}  # fmt: skip
"""The sums that each figure takes."""


def _whole(name: str) -> Callable[[Totals], Own]:
    """A balance that a rate moves as a whole."""
    return lambda t: Own(t[f"{name}'"] - t[name], t[f"{name}'"])


def _cancellations(t: Totals) -> Own:
    # What the shock cancels is read at the rate before it: the rate that falls with it moves what is left.
    return Own(t["cancellations'"] - t["cancellations"], np.zeros(t["cancellations"].size, np.int64))


def _contracted(t: Totals) -> Own:
    return Own(t["contracted'"] - t["contracted"], t["contracted'"] - t["recognized°"])


DERIVED: Mapping[str, Callable[[Totals], Own]] = {
    "backlog": _backlog, "contracted": _contracted, "recognized": _plain("recognized"), "billed": _plain("billed"),
    "deferred, billed": _balance("billed", "recognized"), "deferred, paid": _balance("paid", "recognized"),
    "unbilled": _balance("recognized", "billed"), "rpo": _whole("rpo"), "receivable": _whole("receivable"),
    "collected": _plain("collected"), "bookings": _plain("bookings"), "cancellations": _cancellations,
}  # fmt: skip
"""What the scenario changes of each figure; deferred revenue by what stands over it."""
