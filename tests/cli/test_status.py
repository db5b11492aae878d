"""`backlog status`: freshness, runs, rejected records and exceptions at a glance."""


def test_before_the_first_sync_a_source_was_never_complete(backlog, company):
    result = backlog("status")
    assert result.exit_code == 0, result.output
    assert "books\tnever complete" in result.output


def test_after_a_sync_it_says_when_what_and_what_waits(backlog, company):
    with (company / "import" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write(",Nobody\n")
    backlog("sync")
    result = backlog("status")
    assert result.exit_code == 0, result.output
    assert "never complete" not in result.output
    run = next(line.split("\t") for line in result.output.splitlines() if line.startswith("1\t"))
    assert (run[1], run[3], run[4:9]) == ("books", "complete", ["4", "3", "0", "0", "1"])
    assert "books customers: 1 rejected, which break a rule" in result.output
