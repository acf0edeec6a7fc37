"""Make the sample stack of a real heart that the project ships, from Sunnybrook's slices (CC0 1.0).

The slices of one patient at end-diastole become a NIfTI file of 8 bits. The files name neither spacing nor directions:
the spacing is the one that training assumes, which the header's description says, and the axes are a placeholder, so
that the picture is seen as it is stored and no wall can be named.

Usage::

    python Testing/samples/make_sample_heart.py Sunnybrook_LV Resources/SampleData/heart_sunnybrook.nii.gz
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import nibabel
import numpy as np

from quantseg.tasks.heart.training.sunnybrook import ASSUMED_SPACING_MM, load_sunnybrook

_PATIENT = "SC-N-07"
"""A healthy heart in ten slices, each with endo- and epicardium drawn."""


def main() -> None:
    """Read the arguments, make the stack, write it."""
    parser = argparse.ArgumentParser(description="Make the sample heart from Sunnybrook's slices.")
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--patient", default=_PATIENT)
    options = parser.parse_args()
    diastole, _ = load_sunnybrook(options.data)[options.patient]
    write_stack(diastole.image.astype(np.uint8), options.output)


def write_stack(image: np.ndarray, path: Path) -> None:
    """Write slices, uint8, shape (I, J, K) with i to the right, j down and the base first, as NIfTI."""
    # Left, posterior and superior, as ACDC's files have it too; slices from apex to base make that right-handed.
    affine = np.diag([-ASSUMED_SPACING_MM[0], -ASSUMED_SPACING_MM[1], ASSUMED_SPACING_MM[2], 1.0])
    stored = nibabel.Nifti1Image(np.ascontiguousarray(image[..., ::-1]), affine)
    stored.set_sform(affine, code="aligned")
    stored.header.set_xyzt_units("mm")
    stored.header["descrip"] = "Sunnybrook, CC0 1.0; spacing 1.37x1.37x8 mm is assumed".encode("ascii")
    path.write_bytes(gzip.compress(stored.to_bytes(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
