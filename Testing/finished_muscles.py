"""A small finished case of lumbar muscles of a Dixon, as its pipeline would yield it: boxes of known area and fat."""

import numpy as np

from quantseg.measure.values import Check, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.person import Person
from quantseg.reading.roles import RoleImages
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap, LabelMap
from quantseg.tasks.lumbar_muscle.anatomy import SEGMENTS
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.checks import EVIDENCE, check_asymmetry, check_edge, check_fat, check_slices
from quantseg.tasks.lumbar_muscle.fat import FAT_MAP, FatSource, as_map, fraction
from quantseg.tasks.lumbar_muscle.measuring import MeasuredPlane, measure_muscles
from quantseg.volume import Volume

MUSCLE_MODEL = ModelReference("lumbar-muscle", "0.1.0", "Apache-2.0", {"models/member_0.safetensors": "ab" * 32})
PIXEL_MM = 2.0
_SHAPE = (80, 60, 3)
# From the middle outwards, and from the back: first and last pixel; share of fat in per cent.
_BOXES = {
    Muscle.PSOAS: ((12, 22), (34, 44), 5.0),
    Muscle.ERECTOR_SPINAE: ((10, 26), (10, 20), 20.0),
    Muscle.MULTIFIDUS: ((2, 10), (10, 18), 30.0),
    Muscle.QUADRATUS_LUMBORUM: ((28, 34), (24, 32), 10.0),
}
_CHECKS = (Check("confidence", Verdict.GOOD, "The network's mean probability of each muscle is 0.85 or more."),)


def muscle_images():
    """Water and fat of three slices, along RAS."""
    labels = muscle_labels()
    percent = np.full(_SHAPE, 90.0)
    for muscle, (_, _, fat) in _BOXES.items():
        for side in Side:
            percent[labels == label_of(muscle, side)] = fat
    body = np.zeros(_SHAPE)
    # No pixel as its neighbour, as in an image; the share of fat is the same in each.
    body[6:-6, 6:-6] = np.random.default_rng(1).uniform(950, 1050, (68, 48, 3))
    affine = np.diag([PIXEL_MM, PIXEL_MM, 8.0, 1.0])
    affine[:3, 3] = -80.0, -60.0, -8.0
    pictures = {"mri": body * (1 - percent / 100), "fat": body * percent / 100}
    scans = {
        role: Scan(Volume(array.astype(np.float32), affine.copy()), ImageFormat.NIFTI)
        for role, array in pictures.items()
    }
    return RoleImages(scans, Person())


def muscle_labels():
    labels = np.zeros(_SHAPE, np.uint8)
    middle = _SHAPE[0] // 2
    for muscle, ((near, far), (back, front), _) in _BOXES.items():
        labels[middle + near : middle + far, back:front] = label_of(muscle, Side.RIGHT)
        labels[middle - far : middle - near, back:front] = label_of(muscle, Side.LEFT)
    return labels


def build_muscles(name="muscles", height_m=None, slices=(0, 1, 2)):
    """Muscles as alike on both sides, in some of three slices."""
    images = muscle_images()
    labels, percent = np.zeros(_SHAPE, np.uint8), np.full(_SHAPE, np.nan, np.float32)
    for k in slices:
        labels[..., k] = muscle_labels()[..., k]
        percent[..., k] = fraction(*(scan.volume.array[..., k] for scan in images.scans.values()))
    planes = [MeasuredPlane(k, labels[..., k], percent[..., k]) for k in slices]
    measurements = measure_muscles(planes, PIXEL_MM**2, FatSource.DIXON, height_m)
    checks = (EVIDENCE, check_slices({}, len(slices)), *_CHECKS, check_edge({}), check_fat(FatSource.DIXON, ()))
    return CaseResult(
        name=name,
        task="lumbar-muscle",
        scan=images.first,
        outputs=(LabelMap(labels, SEGMENTS), ImageMap(FAT_MAP, "Fat fraction", as_map(percent), "%")),
        measurements=measurements,
        checks=(*checks, check_asymmetry(measurements)),
        models=(MUSCLE_MODEL,),
        made_by="lumbar-muscle",
        facts={
            "slices_measured": len(slices),
            "slices_run": "from the feet to the head",
            "fat_source": "dixon",
            "device": "CPU",
            **({} if height_m is None else {"height_m": height_m}),
        },
        further_scans=images.further,
    )
