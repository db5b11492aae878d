"""Any history of any systems, brought up to date sync by sync, is that of everything made anew."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from compare import effort
from generate_systems import Company as Told
from hypothesis import given
from hypothesis import strategies as st
from several import Company, is_whole


def test_any_history_of_any_systems(in_parts: None) -> None:
    parts: list[bool] = []

    @effort(3)
    @given(st.integers(0, 2**32), st.integers(2, 6))
    def history(seed: int, size: int) -> None:
        chance = random.Random(seed)  # noqa: S311 (the same history for the same number)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            acme, told = Company(Path(folder), f"sqlite:///{folder}/backlog.db"), Told(chance, size)
            for share in (0.7, 0.1, 0.1, 0.0):  # after what is for all everything is made anew: it comes early
                acme.rows = told.rows
                parts.append(not is_whole(acme.sync()))
                told.one_sync()
                if chance.random() < share and (event := told.event()):
                    acme.take(event)
            acme.books.engine.dispose()

    history()
    assert sum(parts) > len(parts) // 3
