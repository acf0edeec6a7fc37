"""Heads as DICOM series of every kind that scanners and archives make, and finished cases of them."""

import dataclasses
from pathlib import Path

import numpy as np
import pydicom
from finished_cases import INTRACRANIAL, build_head, head_image
from made_dicom import study_fields, write_series
from pydicom.uid import RLELossless
from scene_nodes import turned

from quantseg.measure.values import Interval
from quantseg.reading import find_cases, read_scan
from quantseg.results.outputs import LabelMap
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.volume import Volume

COMPLETE = {
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
    "Laterality": "",
    "PatientPosition": "HFS",
    "PositionReferenceIndicator": "",
    "Manufacturer": "Maker",
    "ScanningSequence": "GR",
    "SequenceVariant": "SP",
    "ScanOptions": "",
    "MRAcquisitionType": "3D",
    "EchoTrainLength": "1",
    "PatientAge": "054Y",
    "AccessionNumber": "ACC-PLANTED",
    "SpecificCharacterSet": "ISO_IR 100",
    "PatientName": "Planted^Pétra",
    "PatientID": "ID-PLANTED-77",
    "InstitutionName": "Planted Hospital",
}
"""What a scanner writes, so that dciodvfy finds nothing wrong with a slice; and names to be looked for."""
PLANTED = ("ACC-PLANTED", "Planted", "Pétra", "ID-PLANTED-77", "19660101")

DIRECTIONS = {
    "axial": np.eye(3),
    "oblique": turned(20, 10),
    "reversed": np.diag([1.0, -1.0, -1.0]),
    "coronal": np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]),
}
_SPACING_MM = (2.0, 2.0, 3.0)


def small_head(directions) -> Volume:
    affine = np.eye(4)
    affine[:3, :3] = directions @ np.diag(_SPACING_MM)
    affine[:3, 3] = (-47.0, -50.0, -40.0)
    return Volume(head_image()[::2, ::2, ::3], affine)


def write_head(folder: Path, kind: str = "axial", enhanced_file=None, **fields) -> list[Path]:
    """Write a head as a series of a kind: a key of ``DIRECTIONS``, "compressed" or "enhanced"."""
    volume = small_head(DIRECTIONS.get(kind, np.eye(3)))
    said = {**study_fields(_SPACING_MM[2]), **COMPLETE, **fields}
    if kind == "enhanced":

        def with_fields(dataset):
            for keyword, value in said.items():
                setattr(dataset, keyword, value)

        return [enhanced_file(folder / "file", volume, change=with_fields)]
    files = write_series(folder, volume, **said)
    for path in files if kind == "compressed" else ():
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.save_as(path)
    return files


def finished_head(folder: Path, **changes):
    """Return the case of a series, and its result."""
    case = find_cases([folder])[0]
    scan = read_scan(case)
    labels = np.zeros(scan.volume.array.shape, np.uint8)
    labels[5:12, 8:20, 6:12], labels[5:12, 20:30, 6:12] = 2, 1
    labels[30:37, 8:20, 5:12], labels[30:37, 20:31, 5:12] = 4, 3
    intervals = {"left": Interval(5000.04, 9000.06), "left_anterior": Interval(2000, 4000)}
    measured = measure_hippocampus(scan.volume, labels, SIDED_SEGMENTS, INTRACRANIAL, intervals)
    head = build_head()
    facts = {"input_kind": "head", "device": "CPU", "options_hash": "0123456789abcdef"}
    return case, dataclasses.replace(
        head,
        name=case.name,
        scan=scan,
        outputs=(LabelMap(labels, SIDED_SEGMENTS),),
        measurements=measured,
        facts=facts,
        **changes,
    )
