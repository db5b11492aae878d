"""The catalogue: every function an accountant can type, declared once and read by every host.

`@function(...)` above a function in excel/functions.py records its name, its sentence, its arguments with their help,
what it returns and an example. `backlog calc`, the xlwings functions, the VBA wrapper and the reference page read this
registry, so a wording cannot differ between them. A host calls `call(name, arguments, host)`.
"""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from excel.answers import Answer
from excel.arguments import Argument, Given, Reading
from excel.host import Host
from model.errors import WrongArgument

CATEGORY = "Revenue Backlog"
Returns = Literal["money", "number", "date", "text", "table"]
Body = TypeVar("Body", bound=Callable[..., Answer])

_FUNCTIONS: dict[str, Function] = {}


@dataclass(frozen=True)
class Parameter:
    """One argument of one function: its `name` in a formula, and what it takes."""

    name: str
    argument: Argument

    @property
    def help(self) -> str:
        """One sentence for the Function Wizard, `--help` and the reference page."""
        return f"{self.argument.help}; blank = {self.argument.blank}."


@dataclass(frozen=True)
class Function:
    """One function of the catalogue. Every argument may be left out; its help says what a blank one means."""

    name: str
    description: str
    returns: Returns
    example: str
    parameters: tuple[Parameter, ...]
    body: Callable[..., Answer]
    category: str = CATEGORY

    @property
    def signature(self) -> str:
        """How a formula writes it.

        >>> find("SYNCED").signature
        'SYNCED(connector)'
        """
        return f"{self.name}({', '.join(p.name for p in self.parameters)})"

    def answer(self, arguments: Sequence[object], host: Host, *, date1904: bool = False) -> Answer:
        """Answers one call; a cell that cannot be answered carries its error, a call that cannot raises it."""
        if len(arguments) > len(self.parameters):
            raise WrongArgument(f"{len(arguments)} arguments are more than {self.signature} takes")
        reading = Reading(host.today, host.zone, date1904)
        padded = [*arguments, *[None] * (len(self.parameters) - len(arguments))]
        given = [p.argument.give(p.name, value, reading) for p, value in zip(self.parameters, padded, strict=True)]
        return self.body(host, *given)


def function(name: str, *, returns: Returns, example: str) -> Callable[[Body], Body]:
    """Declares the function below it as `name` of the catalogue.

    Its docstring's first paragraph is the description; each parameter after the host is
    `Annotated[Given[...], Argument(...)]`, and its name is the argument's (`from_` reads `from`).
    """

    def declare(body: Body) -> Body:
        hints = typing.get_type_hints(body, include_extras=True)
        names = [p for p in inspect.signature(body).parameters if p != "host"]
        parameters = tuple(Parameter(p.rstrip("_"), _argument(hints[p])) for p in names)
        description = " ".join((inspect.getdoc(body) or "").split("\n\n")[0].split())
        _FUNCTIONS[name] = Function(name, description, returns, example, parameters, body)
        return body

    return declare


def functions() -> tuple[Function, ...]:
    """Every function, in the order of its declaration."""
    import excel.functions
    import excel.functions_tables  # noqa: F401  (importing them declares them)

    return tuple(_FUNCTIONS.values())


def find(name: str) -> Function:
    """The function of that name, in any case; an unknown one is refused with the nearest spelling."""
    wanted = str(name).strip().lstrip("=").upper()
    known = {f.name: f for f in functions()}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted[:60], known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    raise WrongArgument(f"there is no function {str(name)[:60]!r}: {hint}")


def call(name: str, arguments: Sequence[object], host: Host, *, date1904: bool = False) -> Answer:
    """Answers one call of any host. Arguments are cells (one value) or ranges (rows of values).

    Raises WrongArgument where the call as a whole cannot be understood, Unanswerable where a table has no answer; in
    an array of results each cell carries its own error.
    """
    return find(name).answer(arguments, host, date1904=date1904)


def _argument(hint: Any) -> Argument:
    for note in typing.get_args(hint)[1:]:
        if isinstance(note, Argument):
            return note
    raise TypeError(f"{hint} declares no argument text")


__all__ = ["CATEGORY", "Function", "Given", "Parameter", "call", "find", "function", "functions"]
