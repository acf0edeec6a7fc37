"""What the head localiser tells apart, coarsely, at 2 mm."""

from enum import IntEnum


class HeadLabel(IntEnum):
    """Values of the localiser's label map; all but ``BACKGROUND`` lie in the intracranial space."""

    BACKGROUND = 0
    LEFT_HIPPOCAMPUS = 1
    RIGHT_HIPPOCAMPUS = 2
    WHITE_MATTER = 3
    GREY_MATTER = 4
    FLUID = 5


# What each value becomes when the head is mirrored, indexed by value.
MIRRORED = (
    HeadLabel.BACKGROUND,
    HeadLabel.RIGHT_HIPPOCAMPUS,
    HeadLabel.LEFT_HIPPOCAMPUS,
    HeadLabel.WHITE_MATTER,
    HeadLabel.GREY_MATTER,
    HeadLabel.FLUID,
)
