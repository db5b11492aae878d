"""What a deal's stage means: a commitment, or not yet one.

https://developers.hubspot.com/docs/api-reference/crm-pipelines-v3/guide: a stage is closed and won where its metadata
says `isClosed` and probability 1.0. Those are `signed`, every other stage a `proposal`, a lost one a `draft`, unless
`[connectors.NAME.stages]` says otherwise, by the stage's id or its label, or by the ids of pipeline and stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit.fields import exact, look, nearest, worded
from connectors.kit.maps import flattened
from connectors.kit.transport import NotThere
from model.errors import ConfigNeeded
from model.records import COMMITTED, UNCOMMITTED

DEFAULTS = {"closedwon": "signed", "closedlost": "draft"}


class Stages:
    """Stage → contract status, for one account."""

    def __init__(self, name: str, configured: Mapping[str, Any]) -> None:
        self._name = name
        self._configured = worded(name, "stages", dict(flattened(configured)), COMMITTED + UNCOMMITTED)
        self._won: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._learned = False

    def learn(self, ask: Callable[[], Any]) -> None:
        """Reads the account's pipelines, once. A configured stage that none has is ConfigNeeded."""
        if self._learned:
            return
        try:
            pipelines = look(ask(), "results") or ()
        except NotThere:
            # An account without the pipelines interface has HubSpot's own stages.
            pipelines = ()
        stages = [
            (str(pipeline.get("id")).lower(), stage) for pipeline in pipelines for stage in pipeline.get("stages") or ()
        ]
        within = set()
        for pipeline, stage in stages:
            key = str(stage["id"]).lower()
            within.add(f"{pipeline}.{key}")
            self._labels[key] = str(stage.get("label") or "").strip().lower()
            if str(look(stage, "metadata.isClosed")).lower() == "true":
                won = exact(look(stage, "metadata.probability") or "0") == Decimal(1)
                self._won[key] = "signed" if won else "draft"
        known = {*self._labels, *self._labels.values(), *DEFAULTS}
        for word in self._configured:
            if stages and word not in known | within:
                raise ConfigNeeded(
                    f"[connectors.{self._name}.stages] names {word!r}, which is no stage of the account's pipelines"
                    f"{nearest(word, known)}"
                )
        self._learned = True

    def status(self, pipeline: str, stage: str) -> str:
        """The contract status of a stage (its label counts as well as its id)."""
        key = stage.lower()
        for word in (f"{pipeline.lower()}.{key}", key, self._labels.get(key, "")):
            if word in self._configured:
                return self._configured[word]
        return self._won.get(key) or DEFAULTS.get(key, "proposal")
