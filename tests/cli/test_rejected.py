"""`backlog rejected`: what was set aside says where, what and the remedy, and loads once its cause is gone."""

import pytest


@pytest.fixture
def waiting(backlog, company):
    """A contract whose customer nobody has sent, and a customer without an id."""
    with (company / "import" / "contracts.csv").open("a", encoding="utf-8") as file:
        file.write("K2,C2,signed,2026-01-01,2026-01-01,2026-12-31,USD\n")
    with (company / "import" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write(",Nobody\n")
    backlog("sync")
    return company


def test_the_list_says_where_what_and_the_remedy(backlog, waiting):
    result = backlog("rejected", "list", "--payload")
    assert result.exit_code == 0, result.output
    assert "contracts.csv row 3, column customer_id" in result.output
    assert "customers.csv row 3, column customer_id" in result.output
    assert "Nobody" in result.output
    assert result.output.splitlines()[-1] == "2 rejected"


def test_a_retry_leaves_what_still_breaks_its_rule(backlog, waiting):
    result = backlog("rejected", "retry")
    assert result.exit_code == 0, result.output
    assert "loaded 0" in result.output
    assert backlog("rejected", "list").output.splitlines()[-1] == "2 rejected"


def test_a_record_that_waited_loads_with_the_one_it_waited_for(backlog, waiting):
    with (waiting / "import" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("C2,Beta AG\n")
    backlog("sync")
    listed = backlog("rejected", "list").output
    assert "contracts.csv" not in listed
    assert listed.splitlines()[-1] == "1 rejected"


def test_one_that_is_right_to_be_left_out_is_dismissed(backlog, waiting):
    file = waiting / "import" / "contracts.csv"
    file.write_text("".join(line for line in file.open(encoding="utf-8") if "K2" not in line), encoding="utf-8")
    backlog("sync")
    (number,) = [
        line.split("\t")[0] for line in backlog("rejected", "list").output.splitlines() if "contracts.csv" in line
    ]
    assert "1 rejected, which load by themselves once a record they point at" in backlog("status").output
    said = backlog("rejected", "dismiss", number, "--why", "signed twice by mistake", "--by", "Ann")
    assert said.output == f"{number} is dismissed by Ann\n"
    listed = backlog("rejected", "list").output
    assert "contracts.csv" not in listed
    assert listed.splitlines()[-2:] == ["1 dismissed: backlog rejected list --dismissed", "1 rejected"]
    rested = backlog("rejected", "list", "--dismissed").output
    assert "contracts.csv row 3" in rested
    assert "UTC by Ann: signed twice by mistake\n1 dismissed\n" in rested
    assert "customers.csv" not in rested


def test_a_misspelt_connector_does_not_read_as_one_without_a_fault(backlog, waiting):
    for words in (("rejected", "list", "bookz"), ("quality", "--source", "bookz")):
        result = backlog(*words)
        assert result.exit_code == 1
        assert "did you mean 'books'?" in result.output
    assert backlog("rejected", "list", "books").output.splitlines()[-1] == "2 rejected"


def test_an_unknown_number_is_refused(backlog, waiting):
    result = backlog("rejected", "retry", 99)
    assert result.exit_code == 1
    assert "99" in result.output
