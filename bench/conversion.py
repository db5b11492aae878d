"""A range of 200 × 60 through xlwings' own conversion: BACKLOG against a function that does nothing with the same range.

Excel's side of xlwings is replaced as in the tests (tests/excel/harness.py), the conversion is its own. The empty function
is declared as ours are, takes the same cells and gives back the same figures, which it was handed beforehand.

python -m bench.conversion
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import small
from bench.measure import Line, medians, ratio, table, told

ROOT = Path(__file__).parents[1]
DAYS = 60


def lines() -> list[Line]:
    """The rows of the table, measured in a process of its own: it takes the place of pywin32."""
    with tempfile.TemporaryDirectory() as name:
        config = small.company(Path(name) / "company")
        words = [sys.executable, "-m", "bench.conversion", str(config)]
        done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    found = []
    for what, (ours, empty) in json.loads(done.stdout).items():
        figure = f"{told(ours)}: {ours / empty:.2f}× an empty function's ({told(empty)})"
        found.append(Line(f"Through xlwings, {what}", figure, *ratio(ours / empty, most=3)))
    return found


def measured(config: Path) -> dict[str, tuple[float, float]]:
    """Seconds of BACKLOG and of the empty function, for each way to ask for the same figures."""
    os.environ["BACKLOG_CONFIG"] = str(config)
    sys.path.insert(0, str(ROOT / "tests" / "excel"))
    import harness

    harness.replace_com()
    udf = harness.udf_module()
    import xlwings.udfs

    given: list[Any] = []
    udf.__dict__["EMPTY"] = _empty(udf.BACKLOG, given)
    caller = harness.Cells([[None]])

    def asked(name: str, *cells: Any) -> list[list[float]]:
        left = len(udf.BACKLOG.__xlfunc__["args"]) - 2 - len(cells)
        arguments = (*cells, *[harness.MISSING] * left, caller, False)
        answer: list[list[float]] = xlwings.udfs.call_udf("excel.udf", name, arguments, None, caller)
        return answer

    customers = [f"Customer {n}" for n in range(1, small.CUSTOMERS + 1)]
    days = [harness.Time(2026, 1, 1) + dt.timedelta(6 * n) for n in range(DAYS)]
    size = f"{len(customers)} × {len(days)}"
    ways = {
        f"{size} results of a column by a row": (harness.Cells([[who] for who in customers]), harness.Cells([days])),
        f"a range of {size} beside another": (
            harness.Cells([[who] * DAYS for who in customers]), harness.Cells([days] * len(customers)),
        ),
    }  # fmt: skip
    found, answers = {}, []
    for what, cells in ways.items():
        answers.append(asked("BACKLOG", *cells))
        given[:] = answers[-1]
        assert asked("EMPTY", *cells) == answers[0]
        times = medians(
            {"ours": lambda cells=cells: asked("BACKLOG", *cells), "empty": lambda cells=cells: asked("EMPTY", *cells)},
            25,
        )
        found[what] = (times["ours"], times["empty"])
    middle = asked("BACKLOG", harness.Cells([[who] for who in customers]), harness.Time(*small.MIDDLE.timetuple()[:3]))
    assert middle == [[float(small.left(n))] for n in range(1, small.CUSTOMERS + 1)]
    return found


def _empty(like: Any, given: list[Any]) -> Any:
    """A function declared with the arguments of another, which gives what it was handed."""
    import xlwings as xw

    def nothing(*_: Any) -> list[Any]:
        return given

    names = [argument["name"] for argument in like.__xlfunc__["args"]]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    nothing.__signature__ = inspect.Signature([inspect.Parameter(name, kind, default=None) for name in names])  # type: ignore[attr-defined]
    nothing.__annotations__ = {}
    made: Any = nothing
    for name in names[:-2]:
        made = xw.arg(name, ndim=2, err_to_str=True)(made)
    made = xw.arg("cell", convert=xw.Range, vba="Application.Caller")(made)
    return xw.func(xw.arg("marks", vba="False")(made))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(Path(sys.argv[1]))))
    else:
        print(table(lines()))
