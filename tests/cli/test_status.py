"""`backlog status`: freshness, runs, rejected records and exceptions at a glance."""

import datetime as dt

from store.connect import connect, instant
from store.write import page_transaction
from store.write.jobs import begin_job, end_job, open_alert

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


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


def test_jobs_alerts_and_what_only_a_whole_reading_found_are_shown(backlog, company):
    backlog("sync")
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    begin_job(engine, "sync crm", NOW, lambda *_: True)
    end_job(engine, "sync crm", NOW, "failed", "the quota is used up", NOW + dt.timedelta(hours=5))
    open_alert(engine, "job sync crm", "failure", "sync crm failed: the quota is used up", NOW)
    with page_transaction(engine, 1, NOW) as writer:
        writer.listings.found("crm", "deals", instant(NOW), (0, 1, 2), ["D1", "D2", "D3"], first=True)
    engine.dispose()
    told = backlog("status").output
    assert "sync crm\tfailed\t2026-11-01 12:00:00 UTC\t1\t2026-11-01 17:00:00 UTC\tthe quota is used up" in told
    assert "nobody could be told yet: sync crm failed: the quota is used up" in told
    assert "crm deals: on 2026-11-01 12:00:00 UTC a whole reading found 3" in told
    assert "(added 0, changed 1, removed 2): D1, D2, D3" in told


def test_every_command_counts_exceptions_alike_and_says_which(backlog, company):
    contracts = company / "import" / "contracts.csv"
    deals = "K2,C1,proposal,2026-01-10,,,USD\nK3,C1,proposal,2199-01-10,,,USD\nK4,C1,active,,,,USD\n"
    contracts.write_text(contracts.read_text("utf-8") + deals, encoding="utf-8")
    today = dt.datetime.now(dt.UTC).date()  # K1 is not billed, K2 is stale; K3 will be; K4 is set aside
    told = f"2 exceptions by {today}, 1 more arises later"
    assert told in backlog("sync").output
    assert told in backlog("doctor", "--offline").output
    assert told in backlog("status").output
    assert backlog("exceptions", "list").output.splitlines()[-1] == f"2 exceptions by {today}, 0 acknowledged"
    listed = backlog("exceptions", "list", "--on", "2026-01-31").output.splitlines()
    assert listed[-1] == "1 exception by 2026-01-31, 0 acknowledged"
    counted = backlog("quality").output.splitlines()[-1]
    assert counted == f"2 exceptions by {today}, 1 rejected record; those acknowledged are among them"
