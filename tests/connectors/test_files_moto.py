"""Files from an S3 that others wrote (moto, see tests/others.txt), run as a program of its own on loopback."""

import datetime as dt
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import others
import pytest

from connectors.files import Files
from connectors.kit.connector import Pull
from connectors.registry import make
from model.errors import ConfigNeeded
from store.connect import connect
from store.read import facts
from sync.run import pull

PROGRAM = others.program("moto_server")
pytestmark = pytest.mark.tool(PROGRAM)
# It looks for a signature and does not verify it (vendors.s3 does).
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
}
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def s3() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([PROGRAM, "-H", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.put(f"{address}/finance")  # the bucket
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def write(address: str, name: str, text: str) -> None:
    httpx.put(f"{address}/finance/in/{name}", content=text.encode(), headers=SIGNED).raise_for_status()


def files(address: str, folder: str = "in") -> Files:
    block = {
        "kind": "files",
        "path": f"s3://finance/{folder}",
        "endpoint_url": address,
        "access_key_id": "AKIAEXAMPLE4711",
    }
    made = make("books", block, lambda key: "secret-of-the-tests-0815" if key == "secret_access_key" else None)
    assert isinstance(made, Files)
    return made


def test_files_of_an_s3_are_read_and_what_changes_there_arrives(s3: str, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'store.db'}")
    put = {
        "customers.csv": "customer_id,name\nC1,Ærø 東京\n",
        "contracts.csv": "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
        "K1,C1,signed,2026-01-05,2026-01-01,2026-12-31,USD\n",
        "contract_lines.csv": "line_id,contract_id,amount\nL1,K1,1200.00\n",
    }
    for name, text in put.items():
        write(s3, name, text)
    first = pull(engine, files(s3), now=NOW)
    assert (first.error, sum(each.added for each in first.counts.values())) == (None, 3)
    write(s3, "contract_lines.csv", put["contract_lines.csv"].replace("1200", "1300"))
    second = pull(engine, files(s3), now=NOW + dt.timedelta(hours=1))
    assert (second.error, second.counts["contract_lines"].changed) == (None, 1)
    stored = facts(engine)
    assert stored["customers"]["name"].tolist() == ["Ærø 東京"]
    assert stored["contract_lines"]["amount_minor"].tolist() == [130_000]
    with pytest.raises(ConfigNeeded, match="finance/nowhere"):
        list(files(s3, "nowhere").pull("customers", Pull(None, NOW)))
    engine.dispose()
