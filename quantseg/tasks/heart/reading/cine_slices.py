"""Which DICOM image each slice of a cine is at each time."""

from __future__ import annotations

import numpy as np

from quantseg.reading.dicom import series_files
from quantseg.reading.dicom_slices import SourceSlices, uids_of
from quantseg.reading.scan import CaseInput
from quantseg.tasks.heart.reading.cine_dicom import cine_images
from quantseg.tasks.heart.reading.cine_frames import arrange
from quantseg.tasks.heart.reading.cine_times import TIME_TAGS
from quantseg.tasks.heart.reading.short_axis import CINE_LIMITS


def slices_of_cine(case: CaseInput) -> SourceSlices:
    """Return the slices of a cine, as :func:`quantseg.tasks.heart.reading.cine_dicom.read_cine_series` arranges them.

    Of a slice that was blended over time, or resampled, the images are those that contributed most.

    Raises:
        InputRefused: files are missing or damaged, or the images form no stack over time.
    """
    files = series_files(case, CINE_LIMITS, TIME_TAGS)
    images, _ = cine_images(files)
    slices = arrange(images)
    by_slice = []
    for taken, weights in zip(slices.images, slices.weights, strict=True):
        nearest = range(len(taken)) if weights is None else np.argmax(weights, axis=1)
        by_slice.append([taken[int(number)].frame for number in nearest])
    resampled = sum(mapping is not None for mapping in slices.grid.mappings)
    blended = sum(weights is not None for weights in slices.weights)
    reasons = [
        f"{count} of {len(by_slice)} slices {'was' if count == 1 else 'were'} {what}"
        for count, what in ((resampled, "resampled within the plane"), (blended, "interpolated over time"))
        if count
    ]
    return SourceSlices(tuple(zip(*by_slice, strict=True)), slices.grid.affine, *uids_of(files), " and ".join(reasons))
