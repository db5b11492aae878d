"""The month-end pack: sheets declared as values from the ledger's figures, drawn into one workbook.

`sheet` says what a sheet is, one module a sheet says what it holds, `layout` where each cell stands, `render` draws it,
and the patcher puts the cached values behind the live formulas.
"""
