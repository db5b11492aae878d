"""A page of help for each function, linked from Excel's function wizard; the same words as everywhere else."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from excel.catalogue import Function, find, functions
from model.errors import WrongArgument

pages = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} · Revenue Backlog</title>
<link rel="icon" href="/addin/icon-32.png"><link rel="stylesheet" href="/addin/pane.css"></head>
<body class="help"><header class="top"><img src="/addin/icon-32.png" alt="" width="24" height="24"><h1>Revenue Backlog</h1>
</header><main><nav><a href="/help">All functions</a></nav>{body}</main></body></html>
"""


@pages.get("/")
def home() -> Response:
    """Whoever comes with a browser is shown the functions."""
    return RedirectResponse("/help")


@pages.get("/help")
def index() -> Response:
    """All functions, each with its sentence."""
    rows = "".join(
        f'<dt><a href="/help/{f.name}"><code>{f.name}</code></a></dt><dd>{escape(f.description)}</dd>'
        for f in functions()
    )
    return _page("Functions", f'<h2>Functions</h2><dl class="facts">{rows}</dl>')


@pages.get("/help/{name}")
def help_page(name: str) -> Response:
    """One function."""
    try:
        function = find(name)
    except WrongArgument as error:
        return _page("Not found", f"<h2>Not found</h2><p>{escape(str(error))}</p>", 404)
    return _page(function.name, _told(function))


def _told(function: Function) -> str:
    rows = "".join(
        f"<dt><code>{p.name}</code></dt><dd>{escape(p.argument.help)}. "
        f'<span class="quiet">Blank: {escape(p.argument.blank)}.</span></dd>'
        for p in function.parameters
    )
    shape = "It spills: give it room below and to the right." if function.returns == "table" else (
        "Where one value is expected a range may stand: a column of customers beside a row of dates gives the table."
    )  # fmt: skip
    return (
        f"<h2><code>{escape(function.signature)}</code></h2><p>{escape(function.description)}</p>"
        f'<p class="preview"><code>{escape(function.example)}</code></p><h3>Arguments</h3><dl class="facts">{rows}</dl>'
        f"<h3>Good to know</h3><p>{shape}</p><p>An unknown customer, a missing rate: <code>#N/A</code>. An argument that is no "
        "date, number or known word: <code>#VALUE!</code>. Select the cell and press Explain in the pane for the reason.</p>"
    )


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status)
