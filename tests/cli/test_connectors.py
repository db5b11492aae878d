"""`backlog connectors`: kinds and settings, a read on trial, rows before and after mapping."""

from connectors.registry import KINDS


def test_the_list_has_every_kind_and_setting(backlog, company):
    output = backlog("connectors", "list").output
    for kind, connector in KINDS.items():
        assert [s.name for s in connector.settings if f"{kind}\t{s.name}\t" not in output] == []


def test_a_test_reads_every_object_and_a_preview_shows_both_sides(backlog, company):
    tested = backlog("connectors", "test", "books")
    assert tested.exit_code == 0, tested.output
    assert "contracts\tok\t1 on the first page" in tested.output
    shown = backlog("connectors", "preview", "books", "--object", "contract_lines")
    assert shown.exit_code == 0, shown.output
    assert "before: line_id=L1" in shown.output
    assert "after: contract_lines: line_id=L1" in shown.output


def test_a_failing_object_shows_its_own_error_and_exits_1(backlog, company):
    (company / "import" / "contracts.csv").write_text("contract_id,status\nK1,signed\n", encoding="utf-8")
    result = backlog("connectors", "test", "books")
    assert result.exit_code == 1
    assert "contracts\tfailed" in result.output


def test_an_object_that_is_none_is_wrong_usage(backlog, company):
    assert backlog("connectors", "preview", "books", "--object", "nothing").exit_code == 2


def test_without_a_name_all_are_tried_a_line_each(backlog, company):
    assert backlog("connectors", "test").output == "books\tok\treads 16 objects\n"
    other = '[connectors.other]\nkind = "files"\npath = "nowhere"\n[connectors.crm]\nkind = "pipedrive"\n'
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write(other)
    result = backlog("connectors", "test")
    assert result.exit_code == 1
    assert [line.split("\t")[:2] for line in result.output.splitlines()[:3]] == [
        ["books", "ok"], ["other", "failed"], ["crm", "failed"],
    ]  # fmt: skip
    assert result.output.splitlines()[-1] == "Error: 2 of 3 connectors failed: other, crm"
