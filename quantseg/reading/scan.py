"""What reading yields: which cases there are, and what one image holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

import nibabel
import numpy as np

from quantseg.reading.person import Person
from quantseg.volume import Grid, Volume


class ImageFormat(Enum):
    """How an image was stored."""

    NIFTI = "NIfTI"
    NRRD = "NRRD"
    META_IMAGE = "MetaImage"
    MGH = "FreeSurfer MGH"
    ANALYZE = "Analyze"
    MINC = "MINC"
    DICOM = "DICOM"
    SCENE = "Slicer scene"


@dataclass(frozen=True)
class SourceFile:
    """A DICOM file that a case is read from.

    Attributes:
        path: the file.
        frames: numbers, from 0, of those of its frames that belong to the case; None where all do.
    """

    path: Path
    frames: tuple[int, ...] | None = None


@dataclass(frozen=True)
class CaseInput:
    """One case to process, found but not yet read.

    Attributes:
        name: the case's name, free of path separators and of anything that identifies a patient.
        path: the image file, the folder that holds the DICOM series, or a patient's folder in ACDC layout.
        series_uid: SeriesInstanceUID of the series to read from that folder; None where there is no DICOM.
        further_series: SeriesInstanceUIDs of the other series of an image that was stored slice by slice.
        files: the DICOM files of all its series, so that no file beside them is read again; empty where there is no
            DICOM.
        notes: sentences on what was left out when it was found, which report and ``run.json`` repeat.
        further_roles: the inputs of the task's other roles, each with the name of its role.
        person: what the user said of the person, which goes before what the images say.
        first_role: name of the role that this image has; empty for the task's first.
        doubts: why what was left out when it was found calls for a look at the result, a sentence each.
    """

    name: str
    path: Path
    series_uid: str | None = None
    further_series: tuple[str, ...] = ()
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    further_roles: tuple[tuple[str, CaseInput], ...] = ()
    person: Person = field(default_factory=Person)
    first_role: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acquisition:
    """What DICOM says about how an image was made; None where it is silent or the image is no DICOM.

    Attributes:
        modality: DICOM Modality (0008,0060), such as "MR" or "CT".
        echo_time_ms: (0018,0081).
        repetition_time_ms: (0018,0080).
        inversion_time_ms: (0018,0082).
        series_number: (0020,0011).
        series_hash: first 8 hexadecimal digits of the SHA-256 of the SeriesInstanceUID.
    """

    modality: str | None = None
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    series_number: int | None = None
    series_hash: str | None = None


class InputImage(Protocol):
    """What every kind of input has: a single volume, or frames of one grid."""

    @property
    def image_format(self) -> ImageFormat:
        """How it was stored."""
        ...

    @property
    def header(self) -> nibabel.Nifti1Header | None:
        """The NIfTI header that files on its grid take over; None where the input was no NIfTI."""
        ...

    @property
    def acquisition(self) -> Acquisition:
        """What DICOM says about it."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that report and ``run.json`` repeat."""
        ...

    @property
    def grid(self) -> Grid:
        """Where the voxels lie, of every frame alike."""
        ...

    @property
    def spacing_mm(self) -> tuple[float, float, float] | None:
        """Distance between neighbouring voxel centres along i, j and k; None where it is unknown."""
        ...

    @property
    def label_affine(self) -> np.ndarray | None:
        """Affine that label files state; None where they take over the input's header."""
        ...

    @property
    def scene_affine(self) -> np.ndarray:
        """Affine of labels that are to lie on the image in Slicer."""
        ...

    @property
    def frame_count(self) -> int:
        """Number of frames; 1 for a single volume."""
        ...

    @property
    def frame_numbers(self) -> tuple[int, ...]:
        """Number of each frame in the file, counted from 1; empty for a single volume."""
        ...

    def frame(self, index: int) -> Volume:
        """Return one frame, counted from 0, on its grid, without a copy."""
        ...


@dataclass(frozen=True)
class Scan:
    """A readable three-dimensional image.

    Attributes:
        volume: intensities as stored (float32 or the stored integer type), in the file's own axis order.
        image_format: how it was stored.
        header: the NIfTI header that label files take over; None where the input was no NIfTI.
        acquisition: what DICOM says about it.
        notes: sentences that report and ``run.json`` repeat, such as a spacing that the user overrode.
        person: age and sex, where DICOM says them; for tasks that ask, and for no log, file or file name.
        doubts: why the verdict is "look" at best, whatever a result is like: a sentence each.
    """

    volume: Volume
    image_format: ImageFormat
    header: nibabel.Nifti1Header | None = None
    acquisition: Acquisition = field(default_factory=Acquisition)
    notes: tuple[str, ...] = ()
    person: Person = field(default_factory=Person)
    doubts: tuple[str, ...] = ()

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        return self.volume.grid

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along i, j and k."""
        return self.volume.spacing_mm

    @property
    def label_affine(self) -> np.ndarray:
        """Affine that label files state: the one that was really used."""
        return self.volume.affine

    @property
    def scene_affine(self) -> np.ndarray:
        """Affine of labels that are to lie on the image in Slicer."""
        return self.volume.affine

    @property
    def frame_count(self) -> int:
        """Number of frames: a single one."""
        return 1

    @property
    def frame_numbers(self) -> tuple[int, ...]:
        """Nothing: a single volume has no frames to count."""
        return ()

    def frame(self, index: int) -> Volume:
        """Return the one frame."""
        if index:
            raise IndexError(f"A single volume has frame 0 alone, not {index}.")
        return self.volume
