"""The demo's folder: written alike every time, and nobody else's configuration is touched."""

import pytest

from demo.folder import MARK, PREFERRED_PORTS, SECRETS, environment, known_ports, write_folder
from demo.vendors.running import vendors
from model.errors import ConfigNeeded
from model.settings import load


def test_the_configuration_is_one_that_loads(company, tmp_path):
    config = write_folder(tmp_path, company, "http://127.0.0.1:5001", "http://127.0.0.1:5002")
    settings = load(config)
    assert {name: block["kind"] for name, block in settings.connectors.items()} == {
        "crm": "hubspot", "billing": "stripe", "books": "files",
    }  # fmt: skip
    assert settings.connectors["crm"]["base_url"] == "http://127.0.0.1:5001"
    assert settings.matching.authority == ["books", "crm", "billing"]
    assert settings.connectors["books"]["path"] == str(tmp_path / "import")


def test_no_secret_stands_in_the_configuration(company, tmp_path):
    config = write_folder(tmp_path, company, "http://127.0.0.1:5001", "http://127.0.0.1:5002")
    text = config.read_text(encoding="utf-8")
    assert not [value for value in SECRETS.values() if value in text]
    assert set(environment()) == {"BACKLOG_CRM_ACCESS_TOKEN", "BACKLOG_BILLING_API_KEY"}
    assert all(name in text for name in environment())


def test_writing_again_changes_no_byte(company, tmp_path):
    for _ in range(2):
        write_folder(tmp_path, company, "http://127.0.0.1:5001", "http://127.0.0.1:5002")
        seen = {file.name: file.read_bytes() for file in (tmp_path / "import").iterdir()}
    write_folder(tmp_path / "other", company, "http://127.0.0.1:5001", "http://127.0.0.1:5002")
    assert {file.name: file.read_bytes() for file in (tmp_path / "other" / "import").iterdir()} == seen


def test_the_ports_of_an_earlier_demo_are_used_again(company, tmp_path):
    assert known_ports(tmp_path) == PREFERRED_PORTS
    write_folder(tmp_path, company, "http://127.0.0.1:5001", "http://127.0.0.1:5002")
    assert known_ports(tmp_path) == (5001, 5002)


def test_a_configuration_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "config.toml").write_text("[store]\n", encoding="utf-8")
    with pytest.raises(ConfigNeeded, match="Name another folder"):
        known_ports(tmp_path)
    (tmp_path / "config.toml").write_text(f"{MARK}\n", encoding="utf-8")
    assert known_ports(tmp_path) == PREFERRED_PORTS


def test_a_taken_port_is_replaced_by_a_free_one(company):
    with vendors(company, (0, 0)) as (one, _):
        taken = one.port
        with vendors(company, (taken, 0)) as (other, billing):
            assert other.port not in (taken, 0)
            assert len({one.port, other.port, billing.port}) == 3
