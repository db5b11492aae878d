"""Who acts: the name that is recorded with what a person decides."""

from __future__ import annotations

import getpass

import click

from model.errors import ConfigNeeded

by_option = click.option("--by", "who", default="", metavar="NAME", help="Who decides [default: your login name].")
why_option = click.option("--why", default="", metavar="TEXT", help="The reason; it is recorded.")


def named(who: str) -> str:
    """The name given, else that of the login."""
    if who.strip():
        return who.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a service without a login
        raise ConfigNeeded("nobody is logged in here. Say who decides: --by NAME") from None
