"""The month-end pack: sheets declared as values from the ledger's figures, drawn into one workbook.

`template` says which sheets, `kinds` what each kind is, one module a sheet what it holds, `layout` where each cell stands;
`render` draws what stands around the rows, `rows` writes them with the cached values behind their formulas, `save` joins both.
"""
