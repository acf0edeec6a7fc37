"""Make the files of Resources/Atlas from the ICBM 152 template that comes with nilearn.

pip download --no-deps nilearn==0.14.1 && unzip nilearn-*.whl
python Testing/samples/make_atlas.py nilearn/datasets/data Resources/Atlas
"""

import sys
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

_NAME = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
_WHITE, _BRIGHTEST = 100, 140
_BRAIN = 30
_FINE_SD_MM, _EXPECTED_SD_MM = 0.85, 5.0


def main(source: Path, target: Path) -> None:
    """Write both files."""
    images = {name: nibabel.load(source / _NAME.format(name)) for name in ("t1", "gm", "wm")}
    arrays = {name: np.asarray(image.dataobj, np.float32) for name, image in images.items()}
    affine = images["t1"].affine

    def on_grid(name, spacing_mm, origin_mm, shape, sd_mm):
        grid = np.diag([spacing_mm] * 3 + [1.0])
        grid[:3, 3] = origin_mm
        step = np.linalg.inv(affine) @ grid
        smooth = ndimage.gaussian_filter(arrays[name], sd_mm)
        return ndimage.affine_transform(smooth, step[:3, :3], step[:3, 3], output_shape=shape, order=1), grid

    brain, grid = on_grid("t1", 2.0, (-78, -112, -72), (79, 95, 82), _FINE_SD_MM)
    white, _ = on_grid("wm", 2.0, (-78, -112, -72), (79, 95, 82), _FINE_SD_MM)
    inside = ndimage.binary_fill_holes(brain > _BRAIN)
    level = np.median(brain[white > 0.9 * arrays["wm"].max()])
    shown = np.where(inside, np.clip(brain * _WHITE / level, 1, _BRIGHTEST), 0).round().astype(np.uint8)
    nibabel.save(nibabel.Nifti1Image(shown, grid), target / "icbm152_t1_brain_2mm.nii.gz")
    shares = []
    for name in ("gm", "wm"):
        share, grid = on_grid(name, 4.0, (-80, -112, -72), (41, 48, 42), _EXPECTED_SD_MM)
        shares.append(share / arrays[name].max())
    expected = np.stack([np.clip(1 - shares[0] - shares[1], 0, 1), *shares], -1)
    stored = (expected * 255).round().astype(np.uint8)
    nibabel.save(nibabel.Nifti1Image(stored, grid), target / "icbm152_tissues_4mm.nii.gz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
