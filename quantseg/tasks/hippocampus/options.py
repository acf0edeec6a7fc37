"""What a user may ask for when hippocampi are segmented; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from quantseg.errors import UsageError
from quantseg.tasks.options import TaskOptions, option


class InputKind(Enum):
    """What a scan shows."""

    DECIDE = "decide"
    HEAD = "head"
    CROP = "crop"


class Side(Enum):
    """Side of the patient, not of the picture."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, kw_only=True)
class HippocampusOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        side: of the hippocampus in a crop, where it is known.
        input_kind: head, crop, or decide.
        force: go on where the contrast is not that of T1, with the verdict "fail".
    """

    side: Side | None = option(
        None,
        "side of the patient that a crop shows",
        labels={"": "Unknown", "left": "Left (of the patient)", "right": "Right (of the patient)"},
    )
    input_kind: InputKind = option(
        InputKind.DECIDE,
        "what the images show",
        labels={"decide": "Decide by its size", "head": "Whole head", "crop": "Crop around one hippocampus"},
    )
    force: bool = option(False, 'go on where the contrast is not T1, with the verdict "fail"')

    def __post_init__(self) -> None:
        if self.side is not None and self.input_kind is InputKind.HEAD:
            raise UsageError(
                "--side names the side of a crop, while --input-kind head shows both; leave one of them out."
            )
