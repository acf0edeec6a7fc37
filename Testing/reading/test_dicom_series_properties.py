"""Whatever happens to the files of a DICOM series: the same volume, or a refusal that names the cause.

Each example takes a series through some of what archives, discs and tools that take names away do to one.
"""

from __future__ import annotations

import copy
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from made_dicom import MR_CLASS, a_slice
from made_volumes import affine_of, noisy_array
from pydicom.config import disable_value_validation
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import Scan
from quantseg.volume import Volume

SLICES = 9
AFFINE = affine_of(np.eye(3), (1.1, 1.2, 1.5))
SERIES = Volume(noisy_array((10, 12, SLICES)), AFFINE)
OTHER = Volume(noisy_array((10, 12, SLICES), seed=1), AFFINE)
IDENTIFIERS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
_EXAMPLES = {"deadline": None, "derandomize": True, "phases": [Phase.explicit, Phase.generate]}
"""The same ones in each run; a failure is shown as it was found, since shrinking would take minutes."""
_PIXELS = ("Rows", "Columns", "PixelData")
_PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
OBJECTS = {
    "raw data": ("1.2.840.10008.5.1.4.1.1.66", (*_PIXELS, *_PLACE)),
    "report": ("1.2.840.10008.5.1.4.1.1.88.22", (*_PIXELS, *_PLACE)),
    "presentation": ("1.2.840.10008.5.1.4.1.1.11.1", (*_PIXELS, *_PLACE)),
    "capture": ("1.2.840.10008.5.1.4.1.1.7", _PLACE),
}


@dataclass(frozen=True)
class Fate:
    """What happens to a series.

    Attributes:
        seed: of names, instance numbers, and of which files are meant by "some".
        copied: slices that are there twice.
        copies_renamed: copies have identifiers of their own.
        identifiers: value, "" for none, that takes the place of an identifier, and whether in some files only.
        objects: what lies beside the images.
        neighbour: another series beside it, told apart by its number or its orientation, and whether it shares
            the series' identifiers; None for none.
    """

    seed: int
    copied: frozenset[int]
    copies_renamed: bool
    identifiers: dict[str, tuple[str, bool]]
    objects: frozenset[str]
    neighbour: tuple[str, bool] | None


def _nobody_can_tell(fate: Fate) -> bool:
    """Tell whether files of two series of one number lost what tells them apart, and some of each have it still."""
    value, some = fate.identifiers.get("SeriesInstanceUID", ("", False))
    return fate.neighbour == ("orientation", False) and some and not value


FATES = st.builds(
    Fate,
    seed=st.integers(0, 999),
    copied=st.frozensets(st.integers(0, SLICES - 1), max_size=4),
    copies_renamed=st.booleans(),
    identifiers=st.dictionaries(
        st.sampled_from(IDENTIFIERS), st.tuples(st.sampled_from(["", "1.2.3", "anonymized"]), st.booleans()), max_size=3
    ).filter(lambda found: found.get("SeriesInstanceUID", ("", False)) not in (("1.2.3", True), ("anonymized", True))),
    objects=st.frozensets(st.sampled_from(sorted(OBJECTS)), max_size=3),
    neighbour=st.none() | st.tuples(st.sampled_from(["number", "orientation"]), st.booleans()),
).filter(lambda fate: not _nobody_can_tell(fate))


def write(folder: Path, fate: Fate, images: list[FileDataset]) -> None:
    """Write images as a fate leaves them, under names and numbers that say nothing."""
    chance = random.Random(fate.seed)
    copies = [copy.deepcopy(images[k]) for k in sorted(fate.copied) if k < len(images)]
    if fate.copies_renamed:
        for one in copies:
            one.SOPInstanceUID = generate_uid()
    own = images + copies + [an_object(images[0], kind) for kind in sorted(fate.objects)]
    files = own + neighbours(fate)
    for keyword, (value, some) in sorted(fate.identifiers.items()):
        for dataset in files:
            if not some or chance.random() < 0.5:
                setattr(dataset, keyword, value)
    numbers = chance.sample(range(1, 999), len(files))
    for number, dataset in zip(numbers, chance.sample(files, len(files)), strict=True):
        dataset.InstanceNumber = number
        dataset.save_as(folder / f"IM{number}", enforce_file_format=True)


def slices(volume: Volume = SERIES, **fields) -> list[FileDataset]:
    common = {
        "SOPClassUID": MR_CLASS,
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "StudyInstanceUID": "1.2.3.4",
        "SeriesInstanceUID": "1.2.3.4.5",
        "SeriesNumber": 7,
        **fields,
    }
    return [a_slice(volume, k, k + 1, common) for k in range(volume.array.shape[2])]


def neighbours(fate: Fate) -> list[FileDataset]:
    if fate.neighbour is None:
        return []
    how, shares = fate.neighbour
    images = slices(OTHER, SeriesInstanceUID="1.2.3.4.5" if shares else "1.2.3.4.6", SeriesNumber=7 + (how == "number"))
    if how == "orientation":
        for k, dataset in enumerate(images):
            dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
            dataset.ImagePositionPatient = [1.5 * k, 0, 0]
    return images


def an_object(image: FileDataset, kind: str) -> FileDataset:
    found = copy.deepcopy(image)
    found.SOPClassUID, without = OBJECTS[kind]
    found.SOPInstanceUID = generate_uid()
    for keyword in without:
        delattr(found, keyword)
    return found


def results(fate: Fate, images: list[FileDataset]) -> list[Scan | str]:
    """Return what becomes of each case in the folder that a fate leaves: a scan, or why it is refused."""
    found: list[Scan | str] = []
    with tempfile.TemporaryDirectory() as folder, disable_value_validation():
        write(Path(folder), fate, images)
        for case in find_cases([Path(folder)]):
            try:
                found.append(read_scan(case))
            except InputRefused as refusal:
                found.append(str(refusal))
    return found


def is_series(scan: Scan | str, volume: Volume = SERIES) -> bool:
    return (
        not isinstance(scan, str)
        and np.array_equal(scan.volume.array, volume.array)
        and np.allclose(scan.volume.affine, volume.affine, rtol=0, atol=1e-6)
    )


@settings(max_examples=20, **_EXAMPLES)
@given(FATES)
def test_the_volume_is_the_same_whatever_becomes_of_the_files(fate):
    found = results(fate, slices())
    assert sum(is_series(one) for one in found) == 1, found
    # What lies beside it may be refused, and is never mixed with it.
    for one in found:
        assert isinstance(one, str) or is_series(one) or np.isin(one.volume.array, OTHER.array).all()


def _without_one(images):
    del images[4]


def _of_another_matrix(images):
    images[4].Rows, images[4].Columns = 10, 12


def _of_another_spacing(images):
    images[4].PixelSpacing = [1.3, 1.3]


def _turned(images):
    images[4].ImageOrientationPatient = [1, 0, 0, 0, 0.9962, 0.0872]


def _without_position(images):
    del images[4].ImagePositionPatient


def _repeated(images):
    again = copy.deepcopy(images[4])
    again.PixelData = bytes(reversed(again.PixelData))
    images.append(again)


def _repeated_a_little_beside(images):
    _repeated(images)
    x, y, z = images[-1].ImagePositionPatient
    images[-1].ImagePositionPatient = [x, y, z + 0.05]


FAULTS = {
    "1 slice is missing": _without_one,
    "2 sizes": _of_another_matrix,
    "several pixel spacings": _of_another_spacing,
    "different orientations": _turned,
    "not say where": _without_position,
    "more than one image at 1 of 9 positions": _repeated,
    "more than one image at 1 of 9 positions (beside)": _repeated_a_little_beside,
}


@pytest.mark.parametrize("cause", FAULTS)
@settings(max_examples=3, **_EXAMPLES)
@given(fate=FATES)
def test_a_fault_is_named_whatever_becomes_of_the_files_beside(cause, fate):
    images = slices()
    FAULTS[cause](images)
    found = results(fate, images)
    words = cause.removesuffix(" (beside)")
    assert not any(is_series(one) for one in found)
    assert any(isinstance(one, str) and words in one for one in found), (fate, found)
