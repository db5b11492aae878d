"""The one way into the store: pages of records, runs and leases. Only `sync` may import it."""

from store.write.leases import Taken, acquire_lease, release_lease, renew_lease
from store.write.page import ItemState, Lock, PageWriter, Standing, Waiting, page_transaction
from store.write.rejects import Refused
from store.write.runs import Counts, end_run, start_run

__all__ = [
    "Counts",
    "ItemState",
    "Lock",
    "PageWriter",
    "Refused",
    "Standing",
    "Taken",
    "Waiting",
    "acquire_lease",
    "end_run",
    "page_transaction",
    "release_lease",
    "renew_lease",
    "start_run",
]
