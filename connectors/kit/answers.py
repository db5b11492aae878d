"""What comes back and what goes out, as text: JSON with exact numbers, XML without entities, plain pages, query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import msgspec

Params = Mapping[str, Any]
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def decode(content: bytes) -> Any:
    """JSON with exact numbers.

    >>> decode(b'{"rate": 99999999999999.99}')
    {'rate': Decimal('99999999999999.99')}
    """
    return _DECODER.decode(content)


def unreadable(response: httpx.Response, error: msgspec.DecodeError) -> str:
    """What is wrong with an answer that cannot be read, as a sentence goes on."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if is_xml(response):
        return f"answered with incomplete XML ({error})"
    if response.content.lstrip()[:1] == b"<" or kind == "text/html":
        return "answered with a web page in place of JSON (a proxy's or a gateway's; check base_url if it stays)"
    return f"answered with incomplete JSON ({error})"


def as_json(response: httpx.Response) -> Any:
    """JSON; None where the vendor has nothing to say (204)."""
    return _DECODER.decode(response.content) if response.content or response.status_code != 204 else None


def is_xml(response: httpx.Response) -> bool:
    """Whether an answer says it is XML."""
    kind: str = response.headers.get("Content-Type", "")
    return kind.partition(";")[0].endswith("xml")


def tree(response: httpx.Response) -> Xml.Element:
    """XML; a document that declares entities is none of a vendor's answers."""
    if not is_xml(response) or b"<!DOCTYPE" in response.content[:1_000]:
        raise msgspec.DecodeError("no XML")
    try:
        return Xml.fromstring(response.content)  # noqa: S314 (no entities, as above)
    except Xml.ParseError as error:
        raise msgspec.DecodeError(str(error)) from None


def plain(response: httpx.Response) -> tuple[str, Mapping[str, str]]:
    """Text and headers; a web page is none of a vendor's answers."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise msgspec.DecodeError("a web page")
    return response.text, response.headers


def pairs(params: Params | None) -> list[tuple[str, str]]:
    """Query parameters in order; a list repeats its key, None is left out."""
    pairs = ((key, value) for key, values in (params or {}).items() for value in _each(values))
    return [(key, str(value).lower() if isinstance(value, bool) else str(value)) for key, value in pairs]


def _each(value: Any) -> list[Any]:
    return [each for each in (value if isinstance(value, (list, tuple)) else [value]) if each is not None]
