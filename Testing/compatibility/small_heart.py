"""The heart that ships with QuantSeg made small: every fourth frame, cut to the heart, in 21 shades of grey.

The fixtures of ``Testing/fixtures/before_tasks`` were made from it, so that it must stay as it is.
"""

from pathlib import Path

import nibabel
import numpy as np

_EVERY, _BOX, _SHADE = 4, (slice(14, 78), slice(8, 72), slice(0, 12)), 8


def write_small_heart(sample: Path, path: Path) -> Path:
    """Write a cine of five frames, 64 x 64 x 12 voxels, uint8.

    Args:
        sample: ``Resources/SampleData/heart_phantom.nii.gz``.
        path: of the NIfTI file to write.
    """
    whole = nibabel.load(sample)
    frames = (np.asarray(whole.dataobj)[(*_BOX, slice(None, None, _EVERY))] // _SHADE).astype(np.uint8)
    affine = whole.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [part.start for part in _BOX]
    image = nibabel.Nifti1Image(frames, affine)
    image.set_qform(affine, code="scanner")
    image.set_sform(affine, code="scanner")
    image.header.set_xyzt_units("mm", "msec")
    zooms = whole.header.get_zooms()
    image.header.set_zooms((*zooms[:3], _EVERY * zooms[3]))
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path
