"""What a user may ask for when the age of a brain is estimated; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.tasks.options import TaskOptions


@dataclass(frozen=True, kw_only=True)
class BrainAgeOptions(TaskOptions):
    """What the user asked for: nothing beside the device, for the model knows one way only."""
