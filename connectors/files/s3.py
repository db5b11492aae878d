"""A bucket of S3, or of a store that speaks like it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html · obstore (MIT) asks, by fsspec's interface.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from connectors.files.elsewhere import Place
from model.errors import ConfigNeeded, RetryLater
from model.redaction import redacted, remember

SILENCE = "60s"
# Of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
REFUSED = (
    "403 Forbidden",
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
)
PATIENCE = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=60)}


def place(name: str, path: str, options: Mapping[str, Any]) -> Place:
    """The place that `s3://bucket/folder` names. Without an access key, what the machine itself is given is used."""
    try:
        from obstore.fsspec import FsspecStore
    except ImportError:
        raise ConfigNeeded(
            f"{name}: {path} is in S3, which needs another package: pip install 'revenue-backlog[s3]'"
        ) from None
    key, secret = str(options.get("access_key_id") or ""), str(options.get("secret_access_key") or "")
    if bool(key) != bool(secret):
        raise ConfigNeeded(
            f"{name}: [connectors.{name}] needs access_key_id and the secret that belongs to it, or neither. Set the secret "
            f"with: backlog secrets set {name}.secret_access_key"
        )
    remember(secret)
    endpoint = str(options.get("endpoint_url") or "")
    config: dict[str, Any] = {"region": str(options.get("region") or "us-east-1")}
    if key:
        config |= {"access_key_id": key, "secret_access_key": secret}
    if endpoint:
        config |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": False}
    client = {"timeout": SILENCE, "connect_timeout": "20s", "allow_http": urlsplit(endpoint).scheme == "http"}
    make: Any = FsspecStore
    store = make("s3", config=config, client_options=client, retry_config=PATIENCE, skip_instance_cache=True)
    told = urlsplit(path)
    return Place(store, f"{told.netloc}{told.path}".rstrip("/"), path)


@contextmanager
def told(name: str, shown: str) -> Iterator[None]:
    """Turns what the store refuses into a line a person can use."""
    from obstore import exceptions as faults

    try:
        yield
    except FileNotFoundError:
        raise _missing(name, shown) from None
    except (PermissionError, faults.PermissionDeniedError, faults.UnauthenticatedError) as error:
        raise _refused(name, shown, error) from None
    except (faults.BaseError, OSError) as error:
        if any(code in str(error) for code in REFUSED):
            raise _refused(name, shown, error) from None
        if "NoSuchBucket" in str(error):
            raise _missing(name, shown) from None
        raise RetryLater(
            f"{name}: {shown} cannot be read now ({_words(error)}). Later, run: backlog sync {name}"
        ) from None


def _missing(name: str, shown: str) -> ConfigNeeded:
    return ConfigNeeded(f"{name}: {shown} is not there, or holds nothing. Check path under [connectors.{name}], then run: "
                        f"backlog connectors test {name}")  # fmt: skip


def _refused(name: str, shown: str, error: Exception) -> ConfigNeeded:
    return ConfigNeeded(
        f"{name}: {shown} may not be read ({_words(error)}). Grant s3:ListBucket and s3:GetObject, or set another key: "
        f"access_key_id, and backlog secrets set {name}.secret_access_key; then run: backlog connectors test {name}"
    )


def _words(error: Exception) -> str:
    """The store's own words, without what our program says around them, in one line."""
    said = str(error).partition("Debug source")[0].replace("\n", " ")
    _, mark, message = said.partition("<Message>")
    return redacted(message.partition("</Message>")[0] if mark else said).strip()[:300].rstrip(". ")
