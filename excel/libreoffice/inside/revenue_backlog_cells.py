"""Cells as Calc has them and as the server does: numbers, texts, dates by their serial numbers, real errors."""

import datetime
import math
import struct

SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
NOT_AVAILABLE, NO_VALUE, NOT_REACHED = 0x7FFF, 519, 540
"""Calc's numbers for #N/A, for #VALUE!, and for a server that does not answer."""


def error_value(code):
    """A number that is an error to Calc: a NaN that carries the error's code."""
    return struct.unpack("<d", struct.pack("<II", code, 0x7FF80000))[0]


def calc_error(name):
    """Calc's error for one of Excel's."""
    return error_value(NOT_AVAILABLE if name == "#N/A" else NO_VALUE)


def cell_in(value, is_date, zero):
    """A cell as the server takes it; a serial number of a date argument becomes a date."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if math.isnan(value) or math.isinf(value):
        return "#N/A"
    if is_date:
        try:
            moment = datetime.datetime(zero.year, zero.month, zero.day) + datetime.timedelta(days=value)
        except OverflowError:
            return value
        moment = (moment + datetime.timedelta(microseconds=500000)).replace(microsecond=0)
        return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def filled(rows):
    """A whole column (or row) of the sheet as far as it is filled; another range as it is."""
    height, width = len(rows), len(rows[0]) if rows else 0
    if height >= SHEET_ROWS:
        while height > 1 and all(cell in (None, "") for cell in rows[height - 1]):
            height -= 1
        rows = rows[:height]
    if width >= SHEET_COLUMNS:
        while width > 1 and all(row[width - 1] in (None, "") for row in rows):
            width -= 1
        rows = tuple(row[:width] for row in rows)
    return rows


def argument_in(value, is_date, zero):
    """A cell, or a range as rows of cells."""
    if isinstance(value, tuple):
        return [[cell_in(cell, is_date, zero) for cell in row] for row in filled(value)]
    if value == 0.0:
        return None  # Calc passes an empty cell as a zero, which no argument of ours has a meaning for
    return cell_in(value, is_date, zero)


def cell_out(cell, zero):
    """A cell as Calc takes it: a number, a text, or an error."""
    if isinstance(cell, dict):
        if "date" not in cell:
            return calc_error(cell["excel"])
        text = cell["date"]
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S" if "T" in text else "%Y-%m-%d")
        past = moment - datetime.datetime(zero.year, zero.month, zero.day)
        return past.total_seconds() / 86400
    if cell is None:
        return ""
    return float(cell) if isinstance(cell, (int, float)) else cell
