"""A simulated S3: signed requests (Signature Version 4), lists in pages, objects whole or in ranges, errors in XML.

https://docs.aws.amazon.com/AmazonS3/latest/API/ (ListObjectsV2, GetObject, HeadObject, error responses) ·
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import email.utils
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as Xml

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer

XML = {"Content-Type": "application/xml"}


class S3Server(VendorServer):
    """One `bucket` with `objects` by their keys; `listed` of them are told at once. `after_get` hears of each object read."""

    vendor = "s3"

    def __init__(
        self, bucket: str, objects: dict[str, bytes], *, key: tuple[str, str], listed: int = 2, **more: Any
    ) -> None:
        super().__init__(**more)
        self.bucket, self.objects, self.key, self.listed = bucket, dict(objects), key, listed
        self.after_get: Callable[[str], None] = lambda name: None

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization", "") != self._authorization(request):
            return _error(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        bucket, *rest = request.parts()
        if bucket != self.bucket:
            return _error(404, "NoSuchBucket", "The specified bucket does not exist")
        name = "/".join(rest)
        if not name:
            return self._list(request)
        if name not in self.objects:
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        content = self.objects[name]
        headers = {"ETag": _etag(content), "Last-Modified": email.utils.formatdate(self.clock(), usegmt=True),
                   "Content-Type": "binary/octet-stream", "Accept-Ranges": "bytes"}  # fmt: skip
        if request.method == "HEAD":
            return Reply(200, content, headers)
        self.after_get(name)
        if given := request.headers.get("range", "").removeprefix("bytes="):
            first, _, last = given.partition("-")
            part = content[int(first) : int(last or len(content)) + 1]
            return Reply(
                206, part, {**headers, "Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"}
            )
        return Reply(200, content, headers)

    def _list(self, request: Request) -> Reply:
        prefix, delimiter = request.one("prefix"), request.one("delimiter")
        after = request.one("continuation-token")
        entries: dict[str, bytes | None] = {}
        for name in sorted(self.objects):
            if name.startswith(prefix):
                head, slash, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
                entries[prefix + head + slash if slash else name] = None if slash else self.objects[name]
        names = [name for name in entries if name > after]
        root = Xml.Element("ListBucketResult")
        Xml.SubElement(root, "IsTruncated").text = str(len(names) > self.listed).lower()
        for name in names[: self.listed]:
            content = entries[name]
            if content is None:
                Xml.SubElement(Xml.SubElement(root, "CommonPrefixes"), "Prefix").text = name
                continue
            told = {
                "Key": name,
                "LastModified": "2026-03-01T12:00:00.000Z",
                "ETag": _etag(content),
                "Size": str(len(content)),
            }
            each = Xml.SubElement(root, "Contents")
            for tag, text in told.items():
                Xml.SubElement(each, tag).text = text
        if len(names) > self.listed:
            Xml.SubElement(root, "NextContinuationToken").text = names[self.listed - 1]
        return Reply(200, Xml.tostring(root, encoding="utf-8", xml_declaration=True), XML)

    def _authorization(self, request: Request) -> str:
        """The header that the holder of the key would have sent with this request."""
        given = request.headers.get("authorization", "")
        signed = given.partition("SignedHeaders=")[2].partition(",")[0]
        moment = request.headers.get("x-amz-date", "")
        region = given.partition("Credential=")[2].split("/")[2] if given.count("/") >= 4 else ""
        pairs = sorted(
            (quote(key, safe=""), quote(value, safe="")) for key, values in request.query.items() for value in values
        )
        canonical = "\n".join((
            request.method, request.path, "&".join(f"{key}={value}" for key, value in pairs),
            *(f"{name}:{request.headers.get(name, '').strip()}" for name in signed.split(";")), "", signed,
            request.headers.get("x-amz-content-sha256", ""),
        ))  # fmt: skip
        scope = f"{moment[:8]}/{region}/s3/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        secret = f"AWS4{self.key[1]}".encode()
        for part in (moment[:8], region, "s3", "aws4_request"):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        return f"AWS4-HMAC-SHA256 Credential={self.key[0]}/{scope}, SignedHeaders={signed}, Signature={signature}"


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'  # noqa: S324 (what S3 itself uses)


def _error(status: int, code: str, message: str) -> Reply:
    root = Xml.Element("Error")
    for tag, text in (("Code", code), ("Message", message), ("RequestId", "4442587FB7D0A2F9")):
        Xml.SubElement(root, tag).text = text
    return Reply(status, Xml.tostring(root, encoding="utf-8"), XML)
