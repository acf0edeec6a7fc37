"""A small finished case of brain tissue, as its pipeline would yield it: shells of fluid, grey and white matter."""

import dataclasses

import numpy as np

from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.measuring import HEAD, INTRACRANIAL, measure_corrected, measure_drawn
from quantseg.volume import Volume

TISSUE_MODEL = ModelReference("brain-tissue", "0.1.0", "CC0-1.0", {"configs/atlas.json": "ab" * 32})
WHITE_BOX = (slice(14, 18), slice(14, 18), slice(14, 18))
"""64 voxels that lie within white matter."""
_SPACING_MM, _SIZE = 4.0, 36
_FLUID_MM, _GREY_MM, _WHITE_MM = 66.0, 60.0, 46.0
_CHECKS = (
    Check("contrast", Verdict.GOOD, "White matter is brighter than grey matter by 5.1 standard deviations."),
    Check("whole_brain", Verdict.GOOD, "The whole head is in view."),
    Check("intracranial_volume", Verdict.GOOD, "The intracranial volume is 1,204 ml (expected 900 to 2,100 ml)."),
    Check("grey_per_white", Verdict.GOOD, "Grey matter is 1.22 times as much as white matter (expected 0.7 to 2.0)."),
)


def build_brain(name="head", parts=False):
    """A whole head whose shares give grey matter 5 ml less, and fluid 5 ml more, than its labels."""
    labels = _labels(parts)
    structures = TISSUES_AND_PARTS if parts else TISSUES
    affine = np.diag([_SPACING_MM, _SPACING_MM, _SPACING_MM, 1.0])
    affine[:3, 3] = -(_SIZE - 1) / 2 * _SPACING_MM
    brightness = np.array([10.0, 30.0, 80.0, 110.0, *[30.0] * 10])
    image = brightness[labels] + np.random.default_rng(0).normal(0, 2, labels.shape)
    scan = Scan(Volume(image.astype(np.float32), affine), ImageFormat.NIFTI)
    counted = measure_drawn(labels, _SPACING_MM**3, structures)
    fluid, grey = (structures[n].segment.key for n in (0, 1))
    by_shares = {"csf": 5.0, fluid: 5.0, "grey_matter": -5.0, grey: -5.0, "brain": -5.0}
    shifted = [
        dataclasses.replace(one, value=one.value + by_shares.get(one.region, 0.0)) if one.key == "volume" else one
        for one in counted
    ]
    total_ml = sum(one.value for one in shifted if one.key == "volume" and one.region in ("csf", "grey_matter"))
    total_ml += next(one.value for one in shifted if (one.key, one.region) == ("volume", "white_matter"))
    known = [*shifted, Measurement(INTRACRANIAL, HEAD, total_ml, "ml", "all that is labelled")]
    measured = measure_corrected(known, labels, _SPACING_MM**3, structures)
    return CaseResult(
        name=name,
        task="brain-tissue",
        scan=scan,
        outputs=(LabelMap(labels, tuple(one.segment for one in structures)),),
        measurements=tuple(_with_interval(one) for one in measured),
        checks=_CHECKS,
        models=(TISSUE_MODEL,),
        made_by="brain-tissue",
        facts={"skull_in_view": True, "whole_brain_in_view": True, "device": "CPU"},
    )


def _labels(parts):
    middle = (_SIZE - 1) / 2
    places = _SPACING_MM * (np.stack(np.meshgrid(*[np.arange(_SIZE)] * 3, indexing="ij"), -1) - middle)
    radius = np.linalg.norm(places, axis=-1)
    labels = np.zeros(radius.shape, np.uint8)
    for value, edge_mm in ((1, _FLUID_MM), (2, _GREY_MM), (3, _WHITE_MM)):
        labels[radius < edge_mm] = value
    if parts:
        labels[np.linalg.norm(places - [-24.0, 0.0, 0.0], axis=-1) < 10] = 4
    return labels


def _with_interval(one):
    if one.key == "label_volume":
        return one
    return dataclasses.replace(one, interval=Interval(one.value * 0.9, one.value * 1.1))
