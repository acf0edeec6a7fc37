"""At the desk: a case's image for the viewer, and in which planes, with which letters and window it is looked at."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.reading.roles import first_image
from quantseg.reading.scan import InputImage
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.atomic import write_file
from quantseg.results.drawing import choose_window
from quantseg.results.nifti_file import nifti_file_bytes
from quantseg.results.shown_planes import ShownPlanes, planes_of_the_body
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import load_task
from quantseg.web.looking import find_case

IMAGE, PLANES = "image.nii.gz", "planes.json"
_BRUSH_MM = 5.0
# Every n-th voxel along each axis tells the window as well as all do.
_SAMPLED = 2


def write_view(reference: str, image: Path, name: str, folder: Path) -> None:
    """Write the image of a case as NIfTI, without anything that could name a patient, and how it is looked at.

    Args:
        reference: of the task.
        image: the upload.
        name: of the case.
        folder: that receives both files; frames are the fourth axis of the image.
    """
    task: Task[Any, Any] = load_task(reference)
    scan = first_image(task.read(find_case(task, image, name), HEADER_SPACING))
    frames = [scan.frame(index).array for index in range(scan.frame_count)]
    voxels = frames[0] if not scan.frame_numbers else np.stack(frames, axis=-1)
    # Not its parents: a case that was erased meanwhile stays so.
    folder.mkdir(mode=0o700, exist_ok=True)
    write_file(folder / IMAGE, nifti_file_bytes(_plain(voxels), scan))
    write_file(folder / PLANES, json.dumps(_described(task, scan)).encode())


def shown_planes_of(task: Task[Any, Any], scan: Any) -> ShownPlanes:
    """Return in which planes a scan of a task, whatever that reads, is looked at."""
    if task.planes is not None:
        return task.planes(scan)
    return planes_of_the_body(scan.grid.affine, tuple(int(n) for n in scan.grid.shape))


def _described(task: Task[Any, Any], scan: InputImage) -> dict[str, Any]:
    """Return how a scan is looked at.

    ``shape`` and ``affine`` are those of the stored array, ``label_affine`` what labels that are sent must state;
    ``axes`` say which stored axis, and which way, runs to the right, down and into depth in the first of ``planes``;
    ``letters`` are those of the planes' edges; ``along_body`` tells whether these are the body's planes.
    """
    affine, shape = scan.grid.affine, tuple(int(n) for n in scan.grid.shape)
    along_body = task.planes is None
    planes = shown_planes_of(task, scan)
    letters = planes.letters
    return {
        "shape": list(shape),
        "affine": affine.tolist(),
        "label_affine": np.asarray(scan.scene_affine).tolist(),
        "axes": [[axis.stored, axis.sign] for axis in planes.axes_of(affine)],
        "planes": list(planes.names),
        "along_body": along_body,
        "letters": None if letters is None else [dataclasses.asdict(one) for one in letters],
        "note": planes.note,
        "spacing_mm": None if scan.spacing_mm is None else list(scan.spacing_mm),
        "window": list(choose_window([scan.frame(0).array[::_SAMPLED, ::_SAMPLED, ::_SAMPLED]])),
        "brush_mm": _BRUSH_MM if task.correct is None else task.correct().brush_mm,
        "frame_numbers": list(scan.frame_numbers),
    }


def _plain(voxels: np.ndarray) -> np.ndarray:
    return voxels if voxels.dtype in (np.uint8, np.int16, np.float32) else voxels.astype(np.float32)
