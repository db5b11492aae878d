"""Where it may listen: on this machine, or anywhere with TLS and tokens."""

import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import small_company
import web_server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from model.errors import ConfigNeeded
from model.settings import load
from web.server import server


def settings(folder: Path, text: str) -> Any:
    (folder / "config.toml").write_text(f"[web]\n{text}\n", encoding="utf-8")
    return load(folder / "config.toml")


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, plain))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('listen = "0.0.0.0:0"', "in the clear"),
        ('listen = "[::]:0"', "in the clear"),
        ('listen = "0.0.0.0:0"\nauthentication = "none"', "every figure"),
        ('listen = "0.0.0.0:0"\nauthentication = "none"\ncertificate_path = "c"\nkey_path = "k"', "every figure"),
        ('certificate_path = "c"', "needs both"),
        ('certificate_path = "c"\nkey_path = "k"', "there is no file"),
        ('listen = ""', "needs an address"),
    ],
)
def test_figures_are_not_shown_to_the_network(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigNeeded, match=told):
        server(settings(tmp_path, text))


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("no certificate", "utf-8")
    with pytest.raises(ConfigNeeded, match="cannot be used"):
        server(settings(tmp_path, 'certificate_path = "c"\nkey_path = "c"'))


def test_tls_is_spoken(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    block = f'[web]\nlisten = "127.0.0.1:0"\ncertificate_path = "{cert}"\nkey_path = "{key}"\n'
    config = small_company.make(tmp_path / "company", block)
    with web_server.running(config, "https") as served:
        trusting = ssl.create_default_context(cafile=str(cert))
        url = f"https://localhost:{served.port}/api/v1/data"
        done = httpx.get(url, headers=served.headers, verify=trusting, timeout=30)
        assert done.status_code == 200
        assert "strict-transport-security" in done.headers
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.replace("https", "http"), headers=served.headers, timeout=10)


def test_without_tokens_only_this_machine_may_ask_and_all_of_it(tmp_path: Path) -> None:
    block = '[web]\nlisten = "127.0.0.1:0"\nauthentication = "none"\n'
    config = small_company.make(tmp_path / "company", block)
    with web_server.running(config) as served:
        assert httpx.get(f"{served.url}/api/v1/data", timeout=30).json()["you"]["role"] == "admin"
        assert httpx.get(f"{served.url}/api/v1/data", headers={"host": "evil.example"}).status_code == 421
