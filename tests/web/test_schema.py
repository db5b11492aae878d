"""What the server says of itself holds, whatever it is asked: never a failure, never another form of answer."""

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from excel.catalogue import functions

CELL = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30),
    st.sampled_from(["", "*", "Acme Ltd", "Beta KK", "2026-01-31", "#N/A", "USD", "month", "1e999", "9999-12-31", "A*?["]),
)  # fmt: skip
ARGUMENT = st.one_of(CELL, st.lists(st.lists(CELL, max_size=3), max_size=3), st.lists(CELL, max_size=3))
NAMES = {"acme ltd", "beta kk", "c1", "c2"}
OF_A_CUSTOMER = {f.name for f in functions() if f.returns == "money" and f.parameters[0].name == "customer"}
CALL = st.lists(ARGUMENT, max_size=9).flatmap(
    lambda arguments: st.sampled_from([f.name for f in functions()]).map(lambda name: [name, *arguments])
)


def test_hostile_arguments_are_answered_call_by_call(viewer: httpx.Client) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(CALL, max_size=20))
    def asked(calls: list[Any]) -> None:
        done = viewer.post("/api/v1/batch", json={"calls": calls, "form": "sheet"})
        assert done.status_code == 200, done.text
        answers = done.json()["answers"]
        assert len(answers) == len(calls)
        for call, answer in zip(calls, answers, strict=True):
            assert ({"value"} == set(answer)) or ({"rows"} == set(answer)) or ({"error", "excel"} == set(answer)), call
            assert "not foreseen" not in answer.get("error", ""), call
            if call[0] in OF_A_CUSTOMER and call[1:] and names_nobody(call[1]):
                assert "error" in answer or all("error" in cell for row in answer["rows"] for cell in row), call
        if calls:  # neither the others nor their order change an answer
            alone = viewer.post("/api/v1/batch", json={"calls": [calls[-1]], "form": "sheet"}).json()["answers"]
            assert alone == answers[-1:]

    asked()


def names_nobody(cell: Any) -> bool:
    """Whether a customer is named whom the company does not have: never a 0, never another's figure."""
    if isinstance(cell, str):
        return bool(cell.strip()) and not set("*?[") & set(cell) and cell.strip().casefold() not in NAMES
    return isinstance(cell, bool | int | float)


def test_the_description_holds(served: Any) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json", headers=served.headers)
    for operation in schema.get_all_operations():

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.ok().as_strategy())
        def check(case: Any) -> None:
            answer = case.call(headers=served.headers)
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])

        check()
