"""Small finished cases, as a pipeline would yield them."""

import itertools

import nibabel
import numpy as np
from nibabel import orientations

from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.volume import Volume

SEGMENTER = ModelReference("hippocampus", "1.2.0", "CC-BY-SA-4.0", {"models/member0.safetensors": "ab" * 32})
LOCALISER = ModelReference("head-localiser", "0.9.0", "Apache-2.0", {"models/model.safetensors": "cd" * 32})
CLOSE_UP = ModelReference("hippocampus-close-up", "0.8.0", "Apache-2.0", {"models/model.safetensors": "ef" * 32})
INTRACRANIAL = Measurement(
    "intracranial_volume", "head", 1403217.4, "mm3", "labelled intracranial space", Interval(1.37e6, 1.44e6), 0
)
CHECKS = (
    Check("contrast", Verdict.GOOD, "Contrast: white matter is brighter than grey matter, as in T1."),
    Check("agreement", Verdict.LOOK, "Left hippocampus: the models agree with a Dice of 0.84, expected 0.88."),
)

HEAD_SHAPE = (96, 90, 84)
HEAD_AFFINE = np.array([[1.0, 0, 0, -47.5], [0, 1.0, 0, -50.0], [0, 0, 1.0, -40.0], [0, 0, 0, 1.0]])
LEFT_MARKER_RAS_MM = np.array([-40.0, 30.0, 30.0])


def head_image():
    """A brain-like ball, the same on both sides, but for a bright marker on the patient's left, in front and above."""
    i, j, k = np.meshgrid(*map(np.arange, HEAD_SHAPE), indexing="ij")
    x, y, z = (np.stack([i, j, k], axis=-1) @ HEAD_AFFINE[:3, :3].T + HEAD_AFFINE[:3, 3]).transpose(3, 0, 1, 2)
    image = 400 * np.exp(-(x**2 + y**2 + z**2) / 900) + 20 * np.cos(np.abs(x) / 3) + 60
    marker = LEFT_MARKER_RAS_MM
    image[(x - marker[0]) ** 2 + (y - marker[1]) ** 2 + (z - marker[2]) ** 2 < 16] = 900
    return image.astype(np.int16)


def head_labels(sides=("left", "right")):
    """A tube on each side of the midline, its front half anterior; the right one a little thicker."""
    i, j, k = np.meshgrid(*map(np.arange, HEAD_SHAPE), indexing="ij")
    x, y, z = (np.stack([i, j, k], axis=-1) @ HEAD_AFFINE[:3, :3].T + HEAD_AFFINE[:3, 3]).transpose(3, 0, 1, 2)
    labels = np.zeros(HEAD_SHAPE, np.uint8)
    for side, centre_mm, radius_mm, first in (("left", -25.0, 5.0, 1), ("right", 25.0, 5.5, 3)):
        if side in sides:
            tube = (x - centre_mm) ** 2 + (z + 10 + y / 3) ** 2 < radius_mm**2
            labels[tube & (y > 0) & (y <= 18)] = first
            labels[tube & (y > -22) & (y <= 0)] = first + 1
    return labels


def stored_as(array, affine, order):
    """The same voxels in another axis order, at the same place in space."""
    moved = np.ascontiguousarray(orientations.apply_orientation(array, order))
    return moved, affine @ orientations.inv_ornt_aff(order, array.shape)


def axis_orders():
    """Permutations and flips of the axes, as nibabel writes them: 48."""
    return [
        np.column_stack([permutation, flips])
        for permutation in itertools.permutations(range(3))
        for flips in itertools.product((1, -1), repeat=3)
    ]


def nifti_header(affine, shape):
    header = nibabel.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.int16)
    header.set_sform(affine, code=4)
    header.set_qform(affine, code=1)
    header.set_xyzt_units("mm", "sec")
    header["descrip"] = b"DOE^JOHN 1970-01-01"
    header["db_name"] = b"DOE^JOHN"
    header["cal_max"] = 900
    return header


def build_head(sides=("left", "right"), order=None, intracranial=INTRACRANIAL, name="study__head"):
    image, labels, affine = head_image(), head_labels(sides), HEAD_AFFINE
    if order is not None:
        labels, _ = stored_as(labels, affine, order)
        image, affine = stored_as(image, affine, order)
    scan = Scan(
        Volume(image, affine), ImageFormat.NIFTI, nifti_header(affine, image.shape), notes=("spacing overridden",)
    )
    plain = measure_hippocampus(scan.volume, labels, SIDED_SEGMENTS, intracranial, {})
    intervals = {m.region: Interval(m.value * 0.951, m.value * 1.067) for m in plain if m.key == "volume"}
    return CaseResult(
        name=name,
        task="hippocampus",
        scan=scan,
        outputs=(LabelMap(labels, SIDED_SEGMENTS),),
        measurements=measure_hippocampus(scan.volume, labels, SIDED_SEGMENTS, intracranial, intervals),
        checks=CHECKS,
        models=(LOCALISER, CLOSE_UP, SEGMENTER),
        made_by=SEGMENTER.name,
        facts={"input_kind": "head", "device": "CPU", "memory_rung": "whole", "uncertainty": float("nan")},
    )


def build_crop(labels=None, name="hippocampus_001"):
    rng = np.random.default_rng(5)
    affine = np.array([[-0.9, 0, 0.1, 30.0], [0, 1.0, 0, -20.0], [0.1, 0, 0.95, -30.0], [0, 0, 0, 1.0]])
    image = rng.normal(1.2e6, 1e5, (36, 50, 32)).astype(np.float32)
    if labels is None:
        labels = np.zeros(image.shape, np.uint8)
        labels[12:24, 25:40, 10:20] = 1
        labels[14:22, 8:25, 12:22] = 2
    scan = Scan(Volume(image, affine), ImageFormat.DICOM)
    return CaseResult(
        name=name,
        task="hippocampus",
        scan=scan,
        outputs=(LabelMap(labels, CROP_SEGMENTS),),
        measurements=measure_hippocampus(
            scan.volume, labels, CROP_SEGMENTS, None, {"whole": Interval(2400.04, 2900.06)}
        ),
        checks=CHECKS[:1],
        models=(SEGMENTER,),
        made_by=SEGMENTER.name,
        facts={"input_kind": "crop", "device": "CPU"},
    )
