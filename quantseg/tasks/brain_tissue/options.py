"""What a user may ask for when brain tissue is segmented; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.tasks.options import TaskOptions, option


@dataclass(frozen=True, kw_only=True)
class BrainTissueOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        parts: label and measure ventricles, deep grey matter, cerebellum and brain stem, too.
        force: go on where the contrast is not that of T1, with the verdict "fail".
    """

    parts: bool = option(False, "tell ventricles, deep grey matter, cerebellum and brain stem apart, left and right")
    force: bool = option(False, 'go on where the contrast is not T1, with the verdict "fail"')
