"""Canonical files: a folder of CSV or Parquet files, or one workbook with a sheet per table; here, in S3 or behind SFTP."""

from connectors.files.files import PAGE_ROWS, Files

__all__ = ["PAGE_ROWS", "Files"]
