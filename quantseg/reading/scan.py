"""What reading yields: which cases there are, and what one image holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import nibabel
import numpy as np

from quantseg.volume import Grid, Volume


class ImageFormat(Enum):
    """How an image was stored."""

    NIFTI = "NIfTI"
    NRRD = "NRRD"
    META_IMAGE = "MetaImage"
    DICOM = "DICOM"
    SCENE = "Slicer scene"


@dataclass(frozen=True)
class CaseInput:
    """One case to process, found but not yet read.

    Attributes:
        name: the case's name, free of path separators and of anything that identifies a patient.
        path: the image file, the folder that holds the DICOM series, or a patient's folder in ACDC layout.
        series_uid: SeriesInstanceUID of the series to read from that folder; None where there is no DICOM.
        further_series: SeriesInstanceUIDs of the other series of a cine that was stored slice by slice.
    """

    name: str
    path: Path
    series_uid: str | None = None
    further_series: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Scan:
    """A readable three-dimensional image.

    Attributes:
        volume: intensities as stored (float32 or the stored integer type), in the file's own axis order.
        image_format: how it was stored.
        header: the NIfTI header that label files take over; None where the input was no NIfTI.
        acquisition: what DICOM says about it.
        notes: sentences that report and ``run.json`` repeat, such as a spacing that the user overrode.
    """

    volume: Volume
    image_format: ImageFormat
    header: nibabel.Nifti1Header | None = None
    acquisition: Acquisition = field(default_factory=Acquisition)
    notes: tuple[str, ...] = ()

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
