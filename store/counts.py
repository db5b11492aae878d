"""What became of the items of one vendor object in one run."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass
class Counts:
    """Items by what became of them.

    `read`: items the connector handed over, each counted once; `added`, `changed`, `unchanged`: what their records
    meant for the store; `removed`: gone at the vendor; `rejected`: quarantined, and still so at the end of the run.
    Items that were waiting since an earlier run are added without being read again.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0

    def __str__(self) -> str:
        """The counts as one plain line: read 3, added 2, …"""
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))
