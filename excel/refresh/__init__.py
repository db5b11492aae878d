"""Somebody's own workbooks, refreshed: every cell that uses our functions gets its new figure, nothing else moves."""

from excel.refresh.files import refresh_files
from excel.refresh.report import Report

__all__ = ["Report", "refresh_files"]
