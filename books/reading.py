"""How records become figures: the policy, the reporting currency and the matching, as one named choice.

A figure stands on records and on how they were read. Both are kept with the moment they held, so that a past report can be
made again after the configuration has changed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.policy import Policy
from model.settings import Settings


@dataclass(frozen=True)
class Reading:
    """`authority`: connectors in the order in which their contracts govern; `matching`: the block of the configuration."""

    policy: Policy
    currency: str
    authority: tuple[str, ...]
    matching: Mapping[str, Any]

    @classmethod
    def configured(cls, settings: Settings) -> Reading:
        """The reading that a configuration asks for."""
        named = settings.matching.authority
        authority = (*named, *(name for name in settings.connectors if name not in named))
        return cls(settings.policy, settings.reporting.currency, authority, settings.matching.model_dump())

    @classmethod
    def parse(cls, text: str) -> Reading:
        """The reading that `text` says."""
        said = json.loads(text)
        policy = Policy(**{**said["policy"], "rpo_expedients": tuple(said["policy"]["rpo_expedients"])})
        return cls(policy, said["currency"], tuple(said["authority"]), said["matching"])

    @property
    def text(self) -> str:
        """The reading as JSON."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @property
    def digest(self) -> str:
        """A short name for exactly this reading."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]
