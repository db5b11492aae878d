"""An address that no host answers to: a matter of the configuration, which waiting does not mend."""

from __future__ import annotations

import socket

from model.errors import ConfigNeeded

# The host has no address; what may pass (the name service does not answer: EAI_AGAIN) is another error.
_NONE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def is_unknown(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that a host has no address."""
    while error is not None:
        if isinstance(error, socket.gaierror) and error.errno in _NONE:
            return True
        error = error.__cause__ or error.__context__
    return False


def unknown(name: str, title: str, host: str) -> ConfigNeeded:
    """The error for a connector's host that has no address."""
    return ConfigNeeded(
        f"{name}: {title} has no host {host}. Correct the site, account or base_url of [connectors.{name}] (or this machine's "
        f"network), then run: backlog connectors test {name}"
    )
