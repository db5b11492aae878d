"""Files in S3 and behind SFTP: what is read there is what would be read here, as it was at one moment."""

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from vendors.s3 import S3Server
from vendors.sftp import PASSWORD, USER, serving

from connectors.files import Files
from connectors.files.sftp import fingerprint
from connectors.kit.connector import Pull
from connectors.registry import make
from model.errors import ConfigNeeded, RetryLater
from model.records import TABLES
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
KEY = ("AKIAEXAMPLE4711", "s3-secret-of-the-tests-0815")
CUSTOMERS = "customer_id,name\nC1,Ærø 東京\nC2,Acme Ltd\n".encode()
CONTRACTS = b"contract_id,customer_id,status,signed_on,start_on,end_on,currency\nK1,C1,signed,2026-01-05,2026-01-01,2026-12-31,USD\n"
LINES = b"line_id,contract_id,amount\nL1,K1,1200.00\n"
FOLDER = {
    "customers.csv": CUSTOMERS,
    "contracts.csv": CONTRACTS,
    "contract_lines.csv": LINES,
    "notes.docx": b"x" * 70_000,
}


def ed25519_key() -> tuple[paramiko.PKey, str]:
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return paramiko.Ed25519Key.from_private_key(io.StringIO(pem.decode())), pem.decode()


HOST, _ = ed25519_key()
MINE, MINE_PEM = ed25519_key()
SHOWN = fingerprint(HOST.asbytes())


class Elsewhere:
    """A folder in one of the two places; `change` replaces a file, `on_read` is called when a file is read."""

    def __init__(self, path: str, options: dict[str, Any], server: Any, folder: Path | None = None) -> None:
        self.path, self.options, self.server, self.folder = path, options, server, folder
        self.reads: list[str] = []
        self.on_read = lambda name: None

    def read(self, name: str) -> None:
        self.reads.append(Path(name).name)
        self.on_read(Path(name).name)

    def change(self, name: str, content: bytes) -> None:
        if self.folder is None:
            self.server.objects[f"in/{name}"] = content
        else:
            (self.folder / "in" / name).write_bytes(content)

    def files(self, **options: Any) -> Files:
        secrets = {"secret_access_key": KEY[1], "sftp_password": PASSWORD}
        block = {"kind": "files", "path": self.path, **self.options, **options}
        given = {
            name: block.pop(name)
            for name in ("secret_access_key", "sftp_password", "sftp_private_key")
            if name in block
        }
        made = make("books", block, lambda key: {**secrets, **given}.get(key))
        assert isinstance(made, Files)
        return made


@pytest.fixture
def s3() -> Iterator[Elsewhere]:
    with S3Server("acme", {f"in/{name}": content for name, content in FOLDER.items()}, key=KEY) as server:
        place = Elsewhere("s3://acme/in", {"endpoint_url": server.url, "access_key_id": KEY[0]}, server)
        server.after_get = place.read
        yield place


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Elsewhere]:
    (tmp_path / "in").mkdir()
    for name, content in FOLDER.items():
        (tmp_path / "in" / name).write_bytes(content)
    place = Elsewhere("", {"host_key": SHOWN}, None, tmp_path)
    with serving(tmp_path, HOST, MINE, place.read) as port:
        place.path = f"sftp://{USER}@127.0.0.1:{port}/in"
        yield place


@pytest.fixture(params=["s3", "sftp"])
def place(request: pytest.FixtureRequest) -> Elsewhere:
    found: Elsewhere = request.getfixturevalue(request.param)
    return found


def rows(connector: Files, now: dt.datetime = NOW) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for name in TABLES:
        items = [item for page in connector.pull(name, Pull(None, now)) for item in page.items]
        assert [problem for item in items for problem in item.problems] == []
        found[name] = [dict(item.rows[0].values) for item in items]
    connector.close()
    return found


def test_what_is_read_there_is_what_is_read_here(place: Elsewhere, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name, content in FOLDER.items():
        (here / name).write_bytes(content)
    assert rows(place.files()) == rows(Files("books", {"path": str(here)}))
    # Each table's file is fetched once a run; what no table is read from is not.
    assert sorted(place.reads) == ["contract_lines.csv", "contracts.csv", "customers.csv"]


def test_a_sync_stores_it_and_the_next_reads_what_changed(place: Elsewhere, new_place: Any) -> None:
    engine = connect(new_place("sqlite", ready=True))
    first = pull(engine, place.files(), now=NOW)
    assert (first.error, sum(count.added for count in first.counts.values())) == (None, 4)
    again = pull(engine, place.files(), now=NOW + dt.timedelta(hours=1))
    assert [count for count in again.counts.values() if count.added or count.changed or count.removed] == []
    connector = place.files()
    assert pull(engine, connector, now=NOW + dt.timedelta(hours=2)).error is None
    place.change("contract_lines.csv", LINES.replace(b"1200.00", b"1500.00"))
    third = pull(engine, connector, now=NOW + dt.timedelta(hours=3))
    connector.close()
    assert {name: count.changed for name, count in third.counts.items() if count.changed} == {"contract_lines": 1}
    engine.dispose()


def test_files_that_change_while_they_are_read_are_read_as_they_became(place: Elsewhere) -> None:
    """The last file replaces two of them while the first is read: either both are the old ones, or both the new."""
    done: list[str] = []

    def replace(name: str) -> None:
        if not done:
            done.append(name)
            place.change("customers.csv", CUSTOMERS + b"C3,New Ltd\n")
            place.change("contracts.csv", CONTRACTS + b"K3,C3,signed,2026-01-05,2026-01-01,2026-12-31,USD\n")

    place.on_read = replace
    found = rows(place.files())
    assert [row["customer_id"] for row in found["customers"]] == ["C1", "C2", "C3"]
    assert [row["contract_id"] for row in found["contracts"]] == ["K1", "K3"]


def test_files_that_never_come_to_rest_are_left_for_later(place: Elsewhere) -> None:
    place.on_read = lambda name: place.change("customers.csv", CUSTOMERS + b"C9,Once more\n" * (len(place.reads) + 1))
    with pytest.raises(RetryLater, match="change while they are read"):
        rows(place.files())


def test_a_workbook_is_read_there(place: Elsewhere) -> None:
    book = openpyxl.Workbook()
    book.active.title = "customers"
    for row in (("customer_id", "name"), ("C1", "Ærø 東京")):
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    place.change("books.xlsx", held.getvalue())
    assert rows(place.files(path=f"{place.path}/books.xlsx"))["customers"] == [
        {"customer_id": "C1", "name": "Ærø 東京"}
    ]
    assert set(place.reads) == {"books.xlsx"}


def test_a_name_that_leads_elsewhere_is_passed_over(s3: Elsewhere) -> None:
    for name in ("..\\..\\customers.csv", "c:customers.csv"):
        s3.change(name, b"customer_id,name\nX,Evil\n")
    assert [row["customer_id"] for row in rows(s3.files())["customers"]] == ["C1", "C2"]


@pytest.mark.parametrize("path", ["/nowhere", "/in/nowhere"])
def test_what_is_not_there_is_told(place: Elsewhere, path: str) -> None:
    with pytest.raises(ConfigNeeded, match=r"is not there.*\[connectors\.books\]"):
        rows(place.files(path=place.path.removesuffix("/in") + path))


def test_a_bucket_that_is_not_there_is_told(s3: Elsewhere) -> None:
    with pytest.raises(ConfigNeeded, match="s3://another is not there"):
        rows(s3.files(path="s3://another"))


def test_a_wrong_s3_key_is_told_with_the_remedy(s3: Elsewhere) -> None:
    connector = s3.files(secret_access_key="another-secret-4711-0815")
    with pytest.raises(ConfigNeeded, match=r"signature.*backlog secrets set books\.secret_access_key") as caught:
        rows(connector)
    assert "another-secret" not in str(caught.value)
    (first, *_) = s3.files(secret_access_key="another-secret-4711-0815").check(NOW)
    assert not first.ok
    with pytest.raises(ConfigNeeded, match="or neither"):
        rows(s3.files(access_key_id=""))


def test_a_wrong_sftp_login_is_told_with_the_remedy(sftp: Elsewhere) -> None:
    with pytest.raises(ConfigNeeded, match=r"does not accept the login.*books\.sftp_password") as caught:
        rows(sftp.files(sftp_password="another-password-4711"))
    assert "another-password" not in str(caught.value)
    with pytest.raises(ConfigNeeded, match="a password is no part of it"):
        rows(sftp.files(path=sftp.path.replace("@", ":word@")))


def test_an_sftp_user_may_have_a_key(sftp: Elsewhere) -> None:
    assert rows(sftp.files(sftp_password="", sftp_private_key=MINE_PEM))["customers"]
    with pytest.raises(ConfigNeeded, match="is no private key"):
        rows(sftp.files(sftp_private_key="not a key"))


def test_a_server_is_known_by_its_key(sftp: Elsewhere) -> None:
    with pytest.raises(ConfigNeeded) as caught:
        rows(sftp.files(host_key=""))
    assert f'host_key = "{SHOWN}"' in str(caught.value)
    with pytest.raises(ConfigNeeded, match="not the one configured"):
        rows(sftp.files(host_key=fingerprint(MINE.asbytes())))
    assert rows(sftp.files(host_key=f"{HOST.get_name()} {HOST.get_base64()}"))["customers"]


def test_a_place_that_does_not_answer_is_asked_later(s3: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.files.s3.PATIENCE", {"max_retries": 0})
    connector = s3.files()
    s3.server.stop()
    with pytest.raises(RetryLater, match="cannot be read now"):
        rows(connector)
    with pytest.raises(RetryLater, match="cannot be read now"):
        rows(Files("books", {"path": f"sftp://{USER}@127.0.0.1:1/in", "sftp_password": PASSWORD, "host_key": SHOWN}))


@pytest.mark.parametrize(("path", "module", "extra"), [
    ("s3://acme/in", "obstore.fsspec", "s3"), ("sftp://finance@host/in", "paramiko", "sftp"),
])  # fmt: skip
def test_what_must_be_installed_is_named(monkeypatch: pytest.MonkeyPatch, path: str, module: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigNeeded, match=rf"pip install 'revenue-backlog\[{extra}\]'"):
        rows(Files("books", {"path": path}))
