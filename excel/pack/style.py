"""How the pack looks: one accent colour, quiet lines, figures to the right, negatives in parentheses, units stated."""

from __future__ import annotations

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from excel.pack.sheet import Kind
from model.money import exponent

ACCENT = "1F4E5F"
ACCENT_SOFT = "E8EFF2"
INK = "1A1A1A"
GREY = "6B7280"
LINE = "C9D2D6"
ALERT = "B42318"
ALERT_SOFT = "FBE9E7"
SHADES = (ACCENT, "7FA8B5", "B8863B", "9AA5AB")  # a chart's series, darkest first
FACE = "Calibri"

HEADING = Font(name=FACE, size=16, bold=True, color=ACCENT)
SUBTITLE = Font(name=FACE, size=10, color=GREY)
BLOCK_TITLE = Font(name=FACE, size=12, bold=True, color=ACCENT)
HEADER = Font(name=FACE, size=10, bold=True, color="FFFFFF")
BODY = Font(name=FACE, size=10, color=INK)
STRONG = Font(name=FACE, size=10, bold=True, color=INK)
QUIET = Font(name=FACE, size=9, italic=True, color=GREY)
LINKED = Font(name=FACE, size=10, color=ACCENT, underline="single")

HEADER_FILL = PatternFill("solid", fgColor=ACCENT)
TOTAL_FILL = PatternFill("solid", fgColor=ACCENT_SOFT)
ALERT_FILL = PatternFill("solid", bgColor=ALERT_SOFT)
ROW_LINE = Border(bottom=Side("hair", color=LINE))
SUBTOTAL_LINE = Border(top=Side("thin", color=LINE), bottom=Side("thin", color=LINE))
TOTAL_LINE = Border(top=Side("thin", color=ACCENT), bottom=Side("double", color=ACCENT))

RIGHT = Alignment(horizontal="right", vertical="center")
HEADER_RIGHT = Alignment(horizontal="right", vertical="center", wrap_text=True)

_FORMATS: dict[Kind, str] = {
    "text": "General",
    "long": "General",
    "date": "d mmm yyyy",
    "month": "mmm yyyy",
    "moment": "yyyy-mm-dd hh:mm",
    "count": "#,##0",
    "percent": "0.0%;-0.0%;0.0%",
    "ratio": "0.00",
}


def number_format(kind: Kind, currency: str = "", check: bool = False) -> str:
    """The cell format of a kind; money has its currency's digits, and a check shows its zeros.

    >>> number_format("money", "JPY")
    '#,##0_);(#,##0);"–"_)'
    """
    if kind != "money":
        return _FORMATS[kind]
    digits = exponent(currency) if currency else 2
    plain = "#,##0" + ("." + "0" * digits if digits else "")
    return f"{plain}_);({plain});{plain}_)" if check else f'{plain}_);({plain});"–"_)'


def is_figure(kind: Kind) -> bool:
    """Whether cells of this kind stand to the right."""
    return kind not in ("text", "long")
