"""All promises of speed in one table, kept in docs/reference/speed.md.

python -m bench [MILLIONS ...]: sizes beside the promised one at which the build is measured, 0.1 and 3 by default.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import asking, building, company, matrix, montecarlo, opening, packing, updating
from bench.measure import busy, machine, table
from engine.build import build
from model.policy import Policy

_PAGE = Path(__file__).parents[1] / "docs" / "reference" / "speed.md"
_HEAD = f"""# Speed

The promises of speed and what was measured the last time (`make bench`): a company of {building.WHOLE:,} contract lines,
{building.WHOLE // 5:,} amendments, {building.WHOLE // 10:,} customers, {company.MONTHS} months. Times are medians of runs that
take turns, in processor time (of several threads that of the busiest, which is what the clock shows where nothing else is at
work) and over all threads of a rival; the update after a sync by the clock. Everything compared gives the same cents in every cell first.
"""
_FOOT = """
The matrix is revenue by customer and month. Its rivals are fed the ledger's own segments and only expand, prorate, round and
add them up; what they took is the time of one whole table. Nothing here is a test: times differ with the machine.
"""


def main() -> None:
    """Measures everything, prints the table and keeps it."""
    sizes = sorted({building.WHOLE, *(int(float(size) * 1e6) for size in sys.argv[1:] or ("0.1", "3"))})
    before = busy()
    found = building.lines(sizes)
    ledger = build(company.facts(building.WHOLE), Policy())
    found = [*matrix.lines(ledger), *found, *asking.lines(ledger), *opening.lines(ledger), *montecarlo.lines()]
    del ledger
    found += [*updating.lines(building.WHOLE), *packing.lines()]
    about = f"{machine()}. {before}"
    print(about, table(found), sep="\n\n")
    _PAGE.write_text(f"{_HEAD}\n{about}\n\n{table(found)}\n{_FOOT}", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
