"""The functions, wherever a spreadsheet asks for them, and the month-end workbook."""
