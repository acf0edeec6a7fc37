"""Training data from the Sunnybrook Cardiac Data as PNG slices: cavity and, on some slices, epicardium of the LV.

P. Radau et al., The MIDAS Journal 2009. Licence CC0 1.0. The files name neither pixel size nor distance of slices; what
is assumed stands here, and training varies sizes strongly.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

from quantseg.errors import UsageError
from quantseg.evaluation.metrics import dice
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.evaluation.acdc_labels import Phase
from quantseg.tasks.heart.training.cases import label_file, phase_case
from quantseg.training.cohort import Cohort, LoadedCase
from quantseg.training.decathlon import LabelledCase

ASSUMED_SPACING_MM = (1.37, 1.37, 8.0)
MYOCARDIUM, CAVITY = HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY
UNDRAWN = 4
"""Label value outside the cavity of a slice on which no epicardium was drawn: myocardium or background."""
USUAL_TURN = 0.18
"""Direction from the right to the left ventricle, in radians from i towards j: the median of twelve patients, of whom
eleven lie within 0.4 of it."""

_IMAGES, _ENDOCARDIUM, _EPICARDIUM = "images", "i_labels", "o_labels"
_NAME = re.compile(r"(?P<patient>.+)-IM-\d+-(?P<number>\d+)\.dcm\.png")
_FRAMES = 20
_FEWEST_SHARED = 3


def load_sunnybrook(data: Path) -> Cohort:
    """Read the labelled slices of every patient as one stack at end-diastole and one at end-systole.

    Of both frames of a patient the one with more cavity is end-diastole.

    Raises:
        UsageError: the folder does not hold ``images`` and ``i_labels``, or a patient has not two labelled frames.
    """
    cohort: dict[str, list[LoadedCase]] = {}
    for patient, frames in sorted(_frames_by_patient(data).items()):
        stacks = [_stack(data, paths) for paths in frames.values()]
        if len(stacks) != len(Phase):
            raise UsageError(f"{data} has {len(stacks)} labelled frames of {patient}; expected two.")
        stacks.sort(key=lambda stack: -int((stack[1] == CAVITY).sum()))
        cohort[patient] = [
            LoadedCase(
                phase_case(patient, phase, data / _IMAGES, data / _ENDOCARDIUM),
                image,
                labels,
                ASSUMED_SPACING_MM,
                "-".join(patient.split("-")[1:-1]),
            )
            for phase, (image, labels) in zip(Phase, stacks, strict=True)
        ]
    return cohort


@dataclass(frozen=True)
class SharedSlices:
    """The slices of a patient that are labelled at both phases, as a cine of two frames, end-diastole first.

    Attributes:
        frames: raw intensities, float32, shape (2, I, J, K).
        labels: uint8, same shape.
        missing_slices: at base and apex, labelled at one phase alone, so that the cine lacks them.
    """

    frames: np.ndarray
    labels: np.ndarray
    missing_slices: int


def load_shared_slices(data: Path) -> dict[str, SharedSlices]:
    """Read what every patient shows at both phases.

    Returns:
        by patient; those without two labelled frames, or with fewer than three shared slices, are left out.
    """
    found = {}
    for patient, frames in sorted(_frames_by_patient(data).items()):
        by_slice = [{_slice_number(name): name for name in names} for names in frames.values()]
        shared = sorted(set.intersection(*map(set, by_slice)))
        if len(by_slice) != len(Phase) or len(shared) < _FEWEST_SHARED:
            continue
        stacks = [_stack(data, [names[number] for number in shared]) for names in by_slice]
        stacks.sort(key=lambda stack: -int((stack[1] == CAVITY).sum()))
        images, labels = (np.stack(arrays) for arrays in zip(*stacks, strict=True))
        found[patient] = SharedSlices(images, labels, len(set.union(*map(set, by_slice))) - len(shared))
    return found


def _slice_number(name: str) -> int:
    matched = _NAME.fullmatch(name)
    if matched is None:
        raise ValueError(f"{name} is no Sunnybrook name.")
    return int(matched["number"]) // _FRAMES


def is_sunnybrook(data: Path) -> bool:
    """Tell whether a folder holds Sunnybrook slices."""
    return (data / _IMAGES).is_dir() and (data / _ENDOCARDIUM).is_dir()


def _frames_by_patient(data: Path) -> Mapping[str, Mapping[int, list[str]]]:
    """Return file names by patient and frame of the cycle, in the order of slices."""
    if not is_sunnybrook(data):
        raise UsageError(f"{data} lacks {_IMAGES} or {_ENDOCARDIUM}; expected the folders of Sunnybrook slices.")
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((data / _IMAGES).glob("*.png")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise UsageError(f"{path} does not bear a Sunnybrook name (PATIENT-IM-0001-0048.dcm.png); remove it.")
        found[name["patient"]][int(name["number"]) % _FRAMES].append(path.name)
    return found


def _stack(data: Path, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return image, float32, and labels, uint8, both of shape (I, J, K) with i to the right and j down."""
    images, labels = [], []
    for name in names:
        images.append(_read(data / _IMAGES / name).astype(np.float32))
        cavity = _read(data / _ENDOCARDIUM / name) > 0
        outline = data / _EPICARDIUM / name
        around = np.where(_read(outline) > 0, MYOCARDIUM, 0) if outline.is_file() else np.full(cavity.shape, UNDRAWN)
        labels.append(np.where(cavity, CAVITY, around).astype(np.uint8))
    return np.stack(images, axis=-1), np.stack(labels, axis=-1)


def _read(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L")).T
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error}); restore it or remove the slice.") from error


def sunnybrook_dice(predicted: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return the Dice of the cavity, and of epicardium (with all that it encloses) and myocardium where drawn.

    Args:
        predicted: label values 0, 2, 3, shape (I, J, K).
        truth: label values 0, 2, 3 and ``UNDRAWN``, same shape.

    Returns:
        by part; nan for epicardium and myocardium if no slice has an outer contour.
    """
    drawn = ~(truth == UNDRAWN).any(axis=(0, 1))
    scores = {"cavity": dice(predicted == CAVITY, truth == CAVITY), "epicardium": np.nan, "myocardium": np.nan}
    if drawn.any():
        seen, true = predicted[..., drawn], truth[..., drawn]
        scores["epicardium"] = dice(seen >= MYOCARDIUM, true >= MYOCARDIUM)
        scores["myocardium"] = dice(seen == MYOCARDIUM, true == MYOCARDIUM)
    return scores


def write_sunnybrook_labels(case: LabelledCase, labels: np.ndarray, folder: Path) -> Path:
    """Write a label map at the assumed spacing to ``folder / <patient> / "<phase>_labels.nii.gz"``."""
    path = label_file(case, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([*ASSUMED_SPACING_MM, 1.0])), path)
    return path
