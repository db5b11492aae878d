"""What a deal's stage means."""

from typing import Any

import pytest

from connectors.hubspot.stages import Stages
from connectors.kit.transport import NotThere
from model.errors import ConfigNeeded


def pipelines() -> dict[str, Any]:
    stages = [
        {"id": "111", "label": "Verbal yes", "metadata": {"isClosed": "false", "probability": "0.9"}},
        {"id": "222", "label": "Won", "metadata": {"isClosed": "true", "probability": "1.0"}},
        {"id": "333", "label": "Lost", "metadata": {"isClosed": "true", "probability": "0.0"}},
    ]
    return {"results": [{"id": "p1", "stages": stages}]}


@pytest.mark.parametrize(
    ("configured", "stage", "status"),
    [
        ({}, "222", "signed"), ({}, "333", "draft"), ({}, "111", "proposal"), ({}, "", "proposal"),
        ({}, "closedwon", "signed"), ({"Verbal yes": "verbal"}, "111", "verbal"),
        ({"222": "confirmed"}, "222", "confirmed"), ({"p1.222": "confirmed"}, "222", "confirmed"),
        ({"p1": {"222": "confirmed"}}, "222", "confirmed"), ({"p1.222": "confirmed"}, "333", "draft"),
    ],
)  # fmt: skip
def test_a_stage_means_what_the_pipeline_or_the_configuration_says(
    configured: dict[str, str], stage: str, status: str
) -> None:
    stages = Stages("crm", configured)
    stages.learn(pipelines)
    assert stages.status("p1", stage) == status


def test_an_account_without_pipelines_has_hubspots_own_stages() -> None:
    def none() -> Any:
        raise NotThere("no such interface")

    stages = Stages("crm", {"contractsent": "negotiation"})
    stages.learn(none)
    found = [stages.status("default", stage) for stage in ("closedwon", "closedlost", "contractsent")]
    assert found == ["signed", "draft", "negotiation"]


def test_a_stage_that_no_pipeline_has_is_told() -> None:
    with pytest.raises(ConfigNeeded, match=r"names 'verbal yess'.*did you mean 'verbal yes'"):
        Stages("crm", {"Verbal yess": "verbal"}).learn(pipelines)
