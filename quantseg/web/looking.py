"""At the desk: what an upload holds, which task fits it, and why the engine's guard refuses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import InputRefused, QuantSegError
from quantseg.reading.archive import is_archive, members_of
from quantseg.reading.content_hash import FILE_OF_VOXELS
from quantseg.reading.dicom_headers import read_headers, text_of
from quantseg.reading.guard import MRI
from quantseg.reading.image_file import ending_of
from quantseg.reading.roles import first_image
from quantseg.reading.scan import CaseInput
from quantseg.reading.spacing import HEADER_SPACING, spacing_in_words
from quantseg.results.atomic import write_file
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import load_task
from quantseg.volume import Volume, to_canonical
from quantseg.web.sealing import Identity

_MOST_SERIES = 24
_PICTURE_PIXELS = 256
_LONGEST_HEADER_BYTES = 1024**2
_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r|\n\r")
_TAGS = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate")


@dataclass(frozen=True)
class FoundSeries:
    """An image of an upload, as a task would read it.

    Attributes:
        task: name of the task.
        name: of the case, as the engine calls it; it names nobody.
        words: what it is, such as "160 × 200 × 180 voxels, 1 × 1 × 1 mm"; and what it must be for a task that takes no
            MRI, where the file does not say what it is.
        reason: why the task cannot take it; empty where it can.
        picture: name of the file of a small picture; empty where there is none.
    """

    task: str
    name: str
    words: str
    reason: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Look:
    """What an upload holds.

    Attributes:
        series: what any task finds in it, those that can be taken first.
        identity: who the patient is, as DICOM says it.
        has_dicom: whether it is DICOM.
        reason: why nothing of it can be taken; empty where something can.
    """

    series: tuple[FoundSeries, ...]
    identity: Identity
    has_dicom: bool
    reason: str


def look_at(image: Path, tasks: Mapping[str, str], pictures: Path) -> Look:
    """Look at an upload as the engine does before it works.

    Args:
        image: the file as it was sent.
        tasks: reference of each task, by its name.
        pictures: folder that receives a picture of each image.
    """
    if _names_other_files(image):
        reason = "The header names other files for its voxels; send an image that holds its voxels itself."
        return Look((), Identity(), False, reason)
    files, _ = read_headers(image, _TAGS)
    patients = {(text_of(one.header, "PatientID"), text_of(one.header, "IssuerOfPatientID")) for one in files}
    if len(patients) > 1:
        reason = f"The upload holds images of {len(patients)} patients, expected one; send each by itself."
        return Look((), Identity(), True, reason)
    identity = Identity()
    if files:
        header = files[0].header
        identity = Identity(*(text_of(header, tag) for tag in ("PatientName", "PatientID", "PatientBirthDate")))
    found: list[FoundSeries] = []
    reasons: list[str] = []
    for name, reference in tasks.items():
        task = load_task(reference)
        try:
            cases = task.find([image])
        except QuantSegError as error:
            reasons.append(_of_the_upload(str(error), image))
            continue
        found += [_look_at_case(name, task, case, pictures, number) for number, case in enumerate(cases[:_MOST_SERIES])]
    taken = [one for one in found if not one.reason]
    refused = [one for one in found if one.reason]
    reason = "" if taken else next((one.reason for one in refused), reasons[0] if reasons else "No task is offered.")
    if reason and not files and _packs_image_files(image):
        reason = "The archive holds an image file and no DICOM; unpack it, and send the image file itself."
    return Look((*taken, *refused), identity, bool(files), reason)


def find_case(task: Task[Any, Any], image: Path, name: str) -> CaseInput:
    """Return one case of an upload.

    Raises:
        InputRefused: it is not there.
    """
    cases = task.find([image])
    found = next((case for case in cases if case.name == name), None)
    if found is None:
        raise InputRefused("The image of this case is not there any more; send it again.")
    return found


def _names_other_files(image: Path) -> bool:
    """Tell whether a header leads to other files, which would be those of other people here, or of the server."""
    with image.open("rb") as stream:
        start = stream.read(_LONGEST_HEADER_BYTES)
    if start.startswith(b"NRRD") and not _BLANK_LINE.search(start):
        # What stands beyond might, and no image needs so much.
        return True
    return any(name != b"LOCAL" for name in FILE_OF_VOXELS.findall(start))


def _packs_image_files(image: Path) -> bool:
    """Tell whether an archive holds what is read only as a file of its own."""
    if not is_archive(image):
        return False
    try:
        return any(ending_of(member) is not None for member in members_of(image))
    except InputRefused:
        return False


def _look_at_case(task_name: str, task: Task[Any, Any], case: CaseInput, pictures: Path, number: int) -> FoundSeries:
    try:
        scan = first_image(task.read(case, HEADER_SPACING))
        if task.refuse_grid is not None:
            task.refuse_grid(to_canonical(scan.frame(0))[0].grid)
    except QuantSegError as error:
        return FoundSeries(task_name, case.name, "", _of_the_upload(str(error), case.path))
    size = " × ".join(str(n) for n in scan.grid.shape) + " voxels"
    frames = f", {scan.frame_count} frames" if scan.frame_count > 1 else ""
    spacing = "spacing unknown" if scan.spacing_mm is None else spacing_in_words(scan.spacing_mm)
    picture = f"{task_name}-{number}.png"
    pictures.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(pictures / picture, _picture(scan.frame(0)))
    words = f"{size}{frames}, {spacing}{_what_it_must_be(task, case)}"
    return FoundSeries(task_name, case.name, words, picture=picture)


def _what_it_must_be(task: Task[Any, Any], case: CaseInput) -> str:
    limits = task.inputs[0].limits
    if case.series_uid is not None or limits.modalities & MRI:
        return ""
    return f". Only if it is {limits.modalities_in_words}: the file does not say what it is"


def _of_the_upload(sentence: str, image: Path) -> str:
    """Return a sentence without the place of the file, which means nothing to who sent it."""
    for known, said in ((f"{image.name}: ", ""), (str(image), "the upload"), (image.name, "the upload")):
        sentence = sentence.replace(known, said)
    return sentence[:1].upper() + sentence[1:]


def _picture(volume: Volume) -> bytes:
    """Return the middle slice as PNG, seen from the feet or from the front, the patient's right on the left."""
    import io

    from PIL import Image

    canonical = to_canonical(volume)[0]
    axis = int(np.argmax(canonical.spacing_mm)) if max(canonical.spacing_mm) > 1.5 * min(canonical.spacing_mm) else 2
    middle = np.take(canonical.array, canonical.array.shape[axis] // 2, axis).astype(np.float32)
    low, high = np.percentile(middle[np.isfinite(middle)], (1, 99.5))
    grey = np.clip((np.nan_to_num(middle, nan=low) - low) / max(high - low, 1e-6), 0, 1)
    # Canonical axes run to the right, to the front and up; a page's rows run down.
    rows = np.ascontiguousarray(grey.T[::-1, ::-1] * 255).astype(np.uint8)
    spacing = [mm for number, mm in enumerate(canonical.spacing_mm) if number != axis]
    scale = _PICTURE_PIXELS / max(rows.shape[1] * spacing[0], rows.shape[0] * spacing[1])
    size = max(1, round(rows.shape[1] * spacing[0] * scale)), max(1, round(rows.shape[0] * spacing[1] * scale))
    stream = io.BytesIO()
    Image.fromarray(rows).resize(size).save(stream, "PNG")
    return stream.getvalue()
