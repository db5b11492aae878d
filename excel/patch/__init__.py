"""Figures put into somebody's workbook, and nothing else touched.

A workbook is a zip of XML parts. Loading and saving it with a spreadsheet library loses whatever that library does not
know: form controls, sparklines, slicers, signatures. So a patch rewrites the values of the named cells inside their own
sheet's XML, in one streaming pass, and copies every other part as the compressed bytes it was.
"""

from excel.patch.package import WorkbookRefused
from excel.patch.patch import Patched, patch
from excel.patch.values import CellError, Value

__all__ = ["CellError", "Patched", "Value", "WorkbookRefused", "patch"]
