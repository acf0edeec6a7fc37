"""Which doubtful slices of a case a person has looked at; kept with the case, and so in a saved scene."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from quantseg.measure.doubt import DoubtfulSlice

if TYPE_CHECKING:
    import slicer

_LOOKED_AT = "QuantSeg.LookedAt"


def slice_name(one: DoubtfulSlice) -> str:
    """Return what tells a doubtful slice from the others of a result: frame and place."""
    return f"{one.frame_number or 0}: " + " ".join(f"{mm:.1f}" for mm in one.centre_ras_mm)


def looked_at(keeper: slicer.vtkMRMLNode) -> frozenset[str]:
    """Return the names of the slices that were looked at; those of an earlier result do no harm.

    Args:
        keeper: node that keeps what is known of the case.
    """
    return frozenset(json.loads(keeper.GetAttribute(_LOOKED_AT) or "[]"))


def note_looked_at(keeper: slicer.vtkMRMLNode, one: DoubtfulSlice) -> None:
    """Tick a slice."""
    keeper.SetAttribute(_LOOKED_AT, json.dumps(sorted(looked_at(keeper) | {slice_name(one)})))
