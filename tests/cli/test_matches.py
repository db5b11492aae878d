"""`backlog matches`: what waits, what counts once, and decisions with who, when and why that can be taken back."""

import shutil

import pytest

from store.connect import connect
from store.decisions import decisions

CONFIG = """\
[store]
url = "sqlite:///backlog.db"
[matching]
authority = ["crm", "billing"]
[connectors.crm]
kind = "files"
path = "crm"
[connectors.billing]
kind = "files"
path = "billing"
"""
CONTRACT = "contract_id,customer_id,status,signed_on,start_on,end_on,currency,deal_id\n"
LINE = "line_id,contract_id,amount\n"
FILES = {
    "crm/customers": "customer_id,name,domain\n77,Acme Ltd,acme.test\n78,Borealis Group,\n",
    "crm/contracts": CONTRACT + "D1,77,signed,2026-01-01,2026-01-01,2026-12-31,USD,\n",
    "crm/contract_lines": LINE + "L1,D1,12000.00\n",
    "billing/customers": "customer_id,name,domain\ncus_1,ACME Limited,acme.test\ncus_2,Borealis,\n",
    "billing/contracts": CONTRACT + "sub_1,cus_1,active,2026-01-01,2026-01-01,2026-12-31,USD,D1\n",
    "billing/contract_lines": LINE + "si_1,sub_1,12600.00\n",
}


@pytest.fixture
def company(tmp_path, empty_store):
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / name.split("/")[0]).mkdir(exist_ok=True)
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def synced(company, backlog):
    result = backlog("sync")
    assert result.exit_code == 0, result.output
    return lambda *words: _said(backlog("matches", *words))


def _said(result):
    assert result.exit_code == 0, result.output
    return result.output


def pair_of(text, word):
    return next(line.split("\t")[0] for line in text.splitlines() if word in line)


def customers(backlog):
    return [line.split("\t")[1] for line in backlog("calc", "CUSTOMERS", "*").output.splitlines()[1:]]


def test_what_waits_comes_first_then_what_counts_once_and_why(synced):
    lines = synced("list").splitlines()
    assert "? crm:78 (Borealis Group) = billing:cus_2 (Borealis)\tby name" in lines[0]
    assert "= crm:77 (Acme Ltd) = billing:cus_1 (ACME Limited)\tby contracts that are one" in lines[1]
    assert "= crm:D1 = billing:sub_1\tAcme Ltd\tby deal id\t12,000.00 and 12,600.00 USD" in lines[2]
    assert "1 contracts are in several systems and count once" in lines
    assert lines[-1] == "1 wait for a person: backlog matches accept ID, or split ID"
    assert synced("list", "--waiting").splitlines() == [lines[0], lines[-1]]


def test_a_suggestion_is_accepted_split_and_left_to_the_keys_again(synced, backlog, company):
    assert sorted(customers(backlog)) == ["Acme Ltd", "Borealis", "Borealis Group"]
    pair = pair_of(synced("list"), "Borealis")
    synced("accept", pair, "--why", "told by Ana", "--by", "finance")
    assert sorted(customers(backlog)) == ["Acme Ltd", "Borealis Group"]
    assert "by a person" in synced("list", "customers")
    synced("split", pair[:5], "--by", "finance")
    assert sorted(customers(backlog)) == ["Acme Ltd", "Borealis", "Borealis Group"]
    assert "Borealis" not in synced("list", "--waiting")
    backlog("sync", "--full")
    assert "Borealis" not in synced("list", "--waiting")  # what was split stays split
    synced("undo", pair, "--by", "finance")
    assert "Borealis" in synced("list", "--waiting")
    log = synced("list", "--decided").splitlines()[1:]
    assert [line.split("\t")[4:6] for line in log] == [["same", "finance"], ["apart", "finance"], ["undone", "finance"]]
    assert log[0].endswith("UTC\tname\ttold by Ana")
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    assert decisions(engine) == []
    engine.dispose()


def test_a_match_that_a_key_has_made_can_be_split(synced, backlog):
    pair = pair_of(synced("list", "contracts"), "sub_1")
    assert backlog("calc", "CONTRACTED", "*", "2026-02-01").output.strip() == "12000.00"
    synced("split", pair)
    assert backlog("calc", "CONTRACTED", "*", "2026-02-01").output.strip() == "24600.00"
    synced("undo", pair)
    assert backlog("calc", "CONTRACTED", "*", "2026-02-01").output.strip() == "12000.00"


def test_two_records_that_nothing_suggests_are_named(synced, backlog):
    synced("accept", "crm:78", "billing:cus_1", "--why", "bought by")
    assert "by a person" in synced("list", "customers")
    result = backlog("matches", "accept", "crm:78", "billing:nobody")
    assert result.exit_code == 1
    assert "there is no 'billing:nobody' among the customers" in result.output
    assert "there is no pair 'ffffffff'" in backlog("matches", "accept", "ffffffff").output
    refused = backlog("matches", "accept", "crm:D1", "crm:D1", "--kind", "contracts").output
    assert "is one record. Name two" in refused


def test_what_the_configuration_joins_is_split_in_the_configuration(company, backlog):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[matching.customers]\n"billing:cus_2" = "crm:78"\n')
    backlog("sync")
    result = backlog("matches", "split", "billing:cus_2", "crm:78")
    assert result.exit_code == 1
    assert "take that line out" in result.output


def test_a_decision_counts_from_its_moment_on(synced, backlog, company):
    import datetime as dt

    before = dt.datetime.now(dt.UTC)
    synced("split", pair_of(synced("list", "contracts"), "sub_1"))
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    assert decisions(engine, before) == []
    assert len(decisions(engine)) == 1
    engine.dispose()


def test_differences_are_answered_as_a_function(synced, backlog):
    rows = backlog("calc", "RECONCILIATION", "*", "2026-02-01").output.splitlines()
    assert rows[0].split("\t")[:3] == ["kind", "finding", "customer"]
    price = next(row.split("\t") for row in rows if "price differs" in row)
    assert price == [
        "contract", "price differs", "Acme Ltd", "crm", "D1", "billing", "sub_1", "deal id", "12000.00", "12600.00",
        "600.00", "USD", "", "2026-01-01",
    ]  # fmt: skip
    assert any(row.startswith("customer\tto be judged\tBorealis Group") for row in rows)
    assert "price differs" not in backlog("calc", "RECONCILIATION", "Borealis*", "2026-02-01").output
    assert backlog("calc", "RECONCILIATION", "Nobody", "2026-02-01").exit_code == 1


def test_differences_are_those_of_the_customer_that_is_named_however(company, backlog):
    with (company / "crm" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("79,Acme Ltd,\n")  # another of the same name
    with (company / "crm" / "contracts.csv").open("a", encoding="utf-8") as file:
        file.write("D9,79,signed,2026-01-01,2026-01-01,2026-12-31,USD,\n")
    backlog("sync")

    def asked(name):
        rows = backlog("calc", "RECONCILIATION", name, "2026-02-01").output.splitlines()[1:]
        return [row.split("\t")[1] for row in rows]

    assert asked("77") == asked("cus_1") == ["price differs", "to be judged"]
    assert asked("79") == ["only in crm", "to be judged"]
    assert sorted(asked("acme ltd")) == ["only in crm", "price differs", "to be judged"]
    assert asked("cus_2") == asked("Borealis") == asked("78") == ["to be judged"]


def test_keys_and_authorities_are_checked_with_their_line(company, backlog):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[matching.govern]\ninvoices = ["biling"]\n')
    told = backlog("sync").output
    assert "line 12: invoices: 'biling' is not allowed; did you mean 'billing'?" in told
    text = (company / "config.toml").read_text("utf-8").replace("authority", 'customer_keys = ["taxid"]\nauthority')
    (company / "config.toml").write_text(text, encoding="utf-8")
    assert "did you mean 'tax_id'?" in backlog("sync").output
