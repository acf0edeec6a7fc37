"""What the label values of a heart result stand for: names, colours, coded terminology; and the walls of the AHA."""

from __future__ import annotations

from enum import Enum, IntEnum

import numpy as np

from quantseg.measure.segments import Code, Segment, Terminology


class HeartLabel(IntEnum):
    """Label values, the same in every label map of the heart."""

    BACKGROUND = 0
    RV_CAVITY = 1
    LV_MYOCARDIUM = 2
    LV_CAVITY = 3


BASEWARDS_RAS = np.array([0.6, -0.6, 0.5])
"""Roughly where the base lies as seen from the apex: behind it, to its right and above it."""

HEART = Code("SCT", "80891009", "Heart")
_LEFT_VENTRICLE = Code("SCT", "87878005", "Left ventricle")
_RIGHT_VENTRICLE = Code("SCT", "53085002", "Right ventricle")
_MYOCARDIUM = Code("SCT", "74281007", "Myocardium")
# Slicer's category; the current DICOM CID 7150 uses 91723000, which is mapped when DICOM is written.
_ANATOMICAL_STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")

PAPILLARY_RULE = "papillary muscles and trabeculae count as cavity"
"""How this model's labels, as the data set that it learned from, treat what stands in the cavity."""


def _segment(label: HeartLabel, name: str, colour: tuple[int, int, int], region: Code) -> Segment:
    terminology = Terminology(category=_ANATOMICAL_STRUCTURE, type=HEART, region=region)
    return Segment(int(label), label.name.lower(), name, colour, terminology)


HEART_SEGMENTS = (
    # Blue, yellow and red-orange stay apart under colour blindness (after the palette of Okabe and Ito, brightened
    # where an outline on a dark image needs it).
    _segment(HeartLabel.RV_CAVITY, "Right ventricular cavity", (86, 180, 233), _RIGHT_VENTRICLE),
    _segment(HeartLabel.LV_MYOCARDIUM, "Left ventricular myocardium", (240, 200, 0), _MYOCARDIUM),
    _segment(HeartLabel.LV_CAVITY, "Left ventricular cavity", (236, 84, 40), _LEFT_VENTRICLE),
)
"""Segments of every heart result."""


class Ring(Enum):
    """A third of the left ventricle, from base to apex."""

    BASAL = "basal"
    MID = "mid"
    APICAL = "apical"


_SIX_WALLS = ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral", "anterolateral")
_FOUR_WALLS = ("anterior", "septal", "inferior", "lateral")

AHA_SEGMENTS: dict[int, tuple[Ring, str]] = {
    **{1 + n: (Ring.BASAL, wall) for n, wall in enumerate(_SIX_WALLS)},
    **{7 + n: (Ring.MID, wall) for n, wall in enumerate(_SIX_WALLS)},
    **{13 + n: (Ring.APICAL, wall) for n, wall in enumerate(_FOUR_WALLS)},
}
"""Ring and wall of segments 1 to 16 (Cerqueira et al., Circulation 2002;105:539-542); 17, the apex, needs long-axis
views."""


def aha_region(number: int, walls_named: bool) -> str:
    """Return the key of an AHA segment in JSON and CSV.

    Args:
        number: 1 to 16.
        walls_named: whether the orientation can be trusted; otherwise the key names ring and sector only.

    Returns:
        such as ``aha_08_mid_anteroseptal``, or ``mid_sector_2`` where the orientation is unknown.
    """
    ring, wall = AHA_SEGMENTS[number]
    if walls_named:
        return f"aha_{number:02d}_{ring.value}_{wall}"
    first = min(other for other, (its_ring, _) in AHA_SEGMENTS.items() if its_ring is ring)
    return f"{ring.value}_sector_{number - first + 1}"
