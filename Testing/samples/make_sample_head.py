"""Make the sample head that the project ships from its public-domain DICOM series.

The series is the structural T1 of datalad/example-dicom-structural (PDDL, de-faced at the source). It is resampled to
1 mm along the axes of space, the air around the head is cut off, and nothing of the DICOM header is kept.

Usage::

    python Testing/samples/make_sample_head.py DICOM_FOLDER Resources/SampleData/head_t1.nii.gz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk

from quantseg.reading import find_cases, read_scan
from quantseg.volume import Volume, aligned_grid, resample, to_canonical
from quantseg.volume.resampling import as_sitk

_SPACING_MM = 1.0
_AIR_MARGIN_VOXELS = 8


def main() -> None:
    """Read the arguments, make the head, write it."""
    parser = argparse.ArgumentParser(description="Make the sample head from the public-domain DICOM series.")
    parser.add_argument("dicom_folder", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    (series,) = find_cases([options.dicom_folder])
    write_head(make_head(read_scan(series).volume), options.output)


def make_head(source: Volume) -> Volume:
    """Return the head at 1 mm along RAS, without the air around it, as int16 in the source's intensity scale."""
    canonical, _ = to_canonical(source)
    head = resample(canonical, aligned_grid(canonical.grid, _SPACING_MM), "cubic")
    start, stop = _head_box(head)
    window = head.grid.window(start, tuple(int(n) for n in stop - np.array(start)))  # type: ignore[arg-type]
    i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    # Cubic interpolation overshoots below zero at bright edges; the scanner's magnitudes know no such values.
    magnitudes = np.clip(head.array[i, j, k], source.array.min(), source.array.max())
    return Volume(np.rint(magnitudes).astype(np.int16), window.affine)


def write_head(head: Volume, path: Path) -> None:
    """Write the volume as NIfTI with scanner coordinates in both qform and sform."""
    image = nibabel.Nifti1Image(head.array, head.affine)
    image.set_qform(head.affine, code="scanner")
    image.set_sform(head.affine, code="scanner")
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


def _head_box(head: Volume) -> tuple[tuple[int, int, int], np.ndarray]:
    """Return the first voxel of the head's bounding box with its margin, and the one behind the last."""
    bright = sitk.OtsuThreshold(sitk.Median(as_sitk(head)), 0, 1)
    largest = sitk.RelabelComponent(sitk.ConnectedComponent(bright)) == 1
    inside = np.argwhere(sitk.GetArrayViewFromImage(largest).T)
    i, j, k = np.maximum(inside.min(axis=0) - _AIR_MARGIN_VOXELS, 0)
    stop = np.minimum(inside.max(axis=0) + 1 + _AIR_MARGIN_VOXELS, head.array.shape)
    return (int(i), int(j), int(k)), stop


if __name__ == "__main__":
    main()
