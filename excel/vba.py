"""The VBA module through which Excel calls the functions: xlwings' wrapper, with real error values.

Import the file of `backlog excel vba` in the VBA editor of a workbook that refers to the xlwings add-in. It has the
same name as the module that xlwings' "Import Functions" writes, so that the one replaces the other. Plain ASCII with
CRLF line ends, as the editor reads it.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import re
from types import SimpleNamespace

from excel.catalogue import Function, functions
from excel.udf import MARK, vba_name

MODULE = "excel.udf"

_HEAD = """Attribute VB_Name = "xlwings_udfs"
'Made by: backlog excel vba. Changes will be lost when it is made again.
#Const App = "Microsoft Excel" 'Adjust when using outside of Excel
"""

_ERRORS = f"""Private Function RealErrors(ByVal answer As Variant) As Variant
    'Python cannot hand an error value to Excel: it sends a marked text, which becomes the error here.
    Dim i As Long, j As Long, last As Long
    If Not IsArray(answer) Then
        RealErrors = RealError(answer)
        Exit Function
    End If
    last = -1
    On Error Resume Next
    last = UBound(answer, 2)
    On Error GoTo 0
    For i = LBound(answer, 1) To UBound(answer, 1)
        If last = -1 Then
            answer(i) = RealError(answer(i))
        Else
            For j = LBound(answer, 2) To last
                answer(i, j) = RealError(answer(i, j))
            Next j
        End If
    Next i
    RealErrors = answer
End Function

Private Function RealError(ByVal cell As Variant) As Variant
    RealError = cell
    If VarType(cell) <> vbString Then Exit Function
    If Left(cell, {len(MARK)}) = "{MARK}" Then RealError = CVErr(CLng(Mid(cell, {len(MARK) + 1})))
End Function

"""

_WHY = f"""Public Sub WhyBacklogError()
    'Tells why the selected cell shows an error.
    Dim asking As Range
    Set asking = ActiveCell
    On Error Resume Next
    If ActiveCell.HasArray Then Set asking = ActiveCell.CurrentArray
    If ActiveCell.HasSpill Then Set asking = ActiveCell.SpillParent
    On Error GoTo 0
    MsgBox XLPy.Str(XLPy.Call(XLPy.Module("{MODULE}"), "reason", XLPy.Tuple(asking.Address(External:=True))))
End Sub

"""

_CALL = re.compile(r"= (XLPy\.CallUDF\(.*), False(\).*\))$", re.MULTILINE)
_FAILED = re.compile(r"= Err\.Description$", re.MULTILINE)


def module_text(*, add_in: bool = False) -> str:
    """The whole module. `add_in`: it will live in an .xlam, where the asking workbook is the active one."""
    text = _HEAD + real_errors(wrapper(add_in=add_in)) + _ERRORS + _WHY + _descriptions()
    return "\r\n".join(text.splitlines()) + "\r\n"


def wrapper(*, add_in: bool = False) -> str:
    """The wrapper as xlwings writes it: by xlwings itself where pywin32 is, else line by line the same."""
    if importlib.util.find_spec("pythoncom") is None:
        return "".join(_wrapped(function, add_in) for function in sorted(functions(), key=lambda f: f.name))
    udfs = importlib.import_module("xlwings.udfs")
    out = io.StringIO()
    workbook = SimpleNamespace(Name="functions.xlam" if add_in else "functions.xlsm")
    udfs.generate_vba_wrapper(MODULE, importlib.import_module(MODULE), out, workbook)
    return out.getvalue()


def real_errors(text: str) -> str:
    """The wrapper with CVErr values in place of texts: for answers, and where Python itself cannot be reached."""
    asked = _CALL.sub(r"= RealErrors(\1, True\2)", text)
    return _FAILED.sub("= CVErr(xlErrNA)", asked)


def _wrapped(function: Function, add_in: bool) -> str:
    names = [vba_name(p.name) for p in function.parameters]
    name = function.name
    cells = f"Array({', '.join([*names, 'Application.Caller', 'False'])})"
    workbook = "ActiveWorkbook" if add_in else "ThisWorkbook"
    return (
        f"Function {name}({', '.join(f'Optional {n}' for n in names)})\n"
        '    #If App = "Microsoft Excel" Then\n'
        "        If TypeOf Application.Caller Is Range Then On Error GoTo failed\n"
        f'        {name} = XLPy.CallUDF("{MODULE}", "{name}", {cells}, {workbook}, Application.Caller)\n'
        "        Exit Function\n"
        "    #Else\n"
        f'        {name} = XLPy.CallUDF("{MODULE}", "{name}", {cells})\n'
        "        Exit Function\n"
        "    #End If\n"
        "failed:\n"
        f"    {name} = Err.Description\n"
        "End Function\n"
        "\n"
    )


def _descriptions() -> str:
    """A macro that gives the Function Wizard its texts; Excel keeps them until it is closed."""
    blocks = "".join(_described(function) for function in functions())
    return f"Public Sub DescribeBacklogFunctions()\n{blocks}End Sub\n"


def _described(function: Function) -> str:
    helps = ", _\n        ".join(_quoted(p.help) for p in function.parameters)
    return (
        f"    Application.MacroOptions Macro:={_quoted(function.name)}, _\n"
        f"        Description:={_quoted(function.description)}, _\n"
        f"        Category:={_quoted(function.category)}, ArgumentDescriptions:=Array( _\n        {helps})\n"
    )


def _quoted(text: str) -> str:
    return '"' + text[:255].replace('"', '""') + '"'
