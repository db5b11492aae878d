"""A folder behind SFTP. The server is known by its key, which the configuration names; none is taken on trust.

paramiko (LGPL, an extra of its own) speaks, by fsspec's interface.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.files.elsewhere import Place
from model.errors import ConfigNeeded, RetryLater
from model.redaction import redacted, remember

SILENCE = 30.0


def place(name: str, path: str, options: Mapping[str, Any]) -> Place:
    """The place that `sftp://user@host:port/folder` names."""
    try:
        import paramiko
        from fsspec.implementations.sftp import SFTPFileSystem
    except ImportError:
        raise ConfigNeeded(
            f"{name}: {path} is behind SFTP, which needs another package: pip install 'revenue-backlog[sftp]'"
        ) from None
    told = urlsplit(path)
    if not told.hostname or not told.username or told.password:
        raise ConfigNeeded(
            f"{name}: path under [connectors.{name}] must be sftp://user@host/folder; a password is no part of it: "
            f"backlog secrets set {name}.sftp_password"
        )
    password, private = (str(options.get(each) or "") for each in ("sftp_password", "sftp_private_key"))
    if not password and not private:
        raise ConfigNeeded(f"{name}: {told.hostname} wants a password or a private key. Set one with: backlog secrets set "
                           f"{name}.sftp_password, or {name}.sftp_private_key")  # fmt: skip
    remember(password, private)
    expected = str(options.get("host_key") or "").strip()

    class Known(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
        """Knows one key."""

        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            shown = fingerprint(key.asbytes())
            if expected not in (shown, f"{key.get_name()} {key.get_base64()}"):
                raise ConfigNeeded(_unknown(name, told.hostname or "", expected, shown))

    with telling(name, path):
        files = SFTPFileSystem(
            told.hostname, port=told.port or 22, username=unquote(told.username), password=password or None,
            pkey=_key(name, private) if private else None, host_key_policy=Known(), look_for_keys=False, allow_agent=False,
            timeout=SILENCE, banner_timeout=SILENCE, auth_timeout=SILENCE, skip_instance_cache=True,
        )  # fmt: skip
        files.ftp.get_channel().settimeout(SILENCE)
    return Place(files, unquote(told.path).rstrip("/") or "/", path, files.client.close)


def fingerprint(key: bytes) -> str:
    """A host key's fingerprint, as `ssh-keygen -l` shows it.

    >>> fingerprint(b"key")
    'SHA256:LHDhK3oGRvkiefQnx7OOczTY5Tib/xZ6HcMOc/gmtoM'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


@contextmanager
def telling(name: str, shown: str) -> Iterator[None]:
    """Turns what the server refuses into a line a person can use."""
    import paramiko

    try:
        yield
    except paramiko.AuthenticationException as error:
        raise ConfigNeeded(
            f"{name}: {shown} does not accept the login ({redacted(str(error))}). Set a valid one with: backlog secrets set "
            f"{name}.sftp_password, or {name}.sftp_private_key; then run: backlog connectors test {name}"
        ) from None
    except FileNotFoundError:
        raise ConfigNeeded(f"{name}: {shown} is not there. Check path under [connectors.{name}]") from None
    except PermissionError:
        raise ConfigNeeded(f"{name}: {shown} may not be read. Grant the user the right to read it") from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        why = redacted(str(error)) or type(error).__name__
        raise RetryLater(f"{name}: {shown} cannot be read now ({why}). Later, run: backlog sync {name}") from None


def _unknown(name: str, host: str, expected: str, shown: str) -> str:
    if expected:
        return (f"{name}: {host} shows the host key {shown}, not the one configured ({expected[:60]}). Ask its "
                f"administrator before you change host_key under [connectors.{name}]")  # fmt: skip
    return (f"{name}: {host} shows the host key {shown}. Compare it with what its administrator says, then set it: "
            f"host_key = \"{shown}\" under [connectors.{name}]")  # fmt: skip


def _key(name: str, text: str) -> Any:
    """A private key of any kind from its text."""
    import paramiko

    for kind in (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.replace("\\n", "\n").strip() + "\n"))
        except (paramiko.SSHException, ValueError):
            continue
    raise ConfigNeeded(f"{name}: sftp_private_key is no private key. Set it with: backlog secrets set "
                       f"{name}.sftp_private_key")  # fmt: skip
