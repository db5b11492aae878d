"""`backlog doctor` says what stands ready and, for what does not, the remedy."""


def findings(output):
    return {line.split("\t")[1]: line.split("\t") for line in output.splitlines() if "\t" in line}


def test_a_company_in_order(backlog, company):
    backlog("sync")
    result = backlog("doctor")
    assert result.exit_code == 0, result.output
    found = findings(result.output)
    assert {what: row[0] for what, row in found.items() if what != "Excel"} == {
        "configuration": "ok",
        "connector books": "ok",
        "store": "ok",
        "ledger": "ok",
        "closed periods": "ok",
    }


def test_each_fault_has_its_remedy(backlog, company):
    (company / "config.toml").write_text(
        "[store]\nurl = 'sqlite:///nowhere/backlog.db'\n"
        "[connectors.books]\nkind = 'files'\npath = 'gone'\n[connectors.pay]\nkind = 'stripe'\n"
        "[jobs.m]\nrun = 'workbook refresh'\nfiles = ['packs/*.xlsx']\nschedule = '0 6 1 * *'\n",
        encoding="utf-8",
    )
    result = backlog("doctor")
    assert result.exit_code == 1
    found = findings(result.output)
    assert {what for what, row in found.items() if row[0] == "failed"} >= {
        "connector books",
        "connector pay",
        "store",
    }
    assert "Set path under [connectors.books]" in found["connector books"][2]
    assert "backlog secrets set pay.api_key" in found["connector pay"][2]
    assert "backlog workbook new" in found["job m"][2]
    assert "LibreOffice" in found
    assert "Create it" in found["store"][2]


def test_a_broken_configuration_is_the_one_finding(backlog, company):
    (company / "config.toml").write_text("[policy]\nroundng = 1\n", encoding="utf-8")
    result = backlog("doctor")
    assert result.exit_code == 1
    assert "Did you mean 'rounding'?" in result.output


def test_offline_no_vendor_is_asked(backlog, company):
    (company / "import" / "contracts.csv").write_text("contract_id\n\x00", encoding="utf-8")
    assert "set up; not asked" in backlog("doctor", "--offline").output
