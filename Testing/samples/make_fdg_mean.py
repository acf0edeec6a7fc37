"""Make Resources/Atlas/fdg_healthy_mean_2mm.nii.gz from the Chinese FDG template, laid on the ICBM 152 atlas.

The template's brains are about 8 % shorter along each axis than the atlas's, so that an affine transform by mutual
information comes first.

python Testing/samples/make_fdg_mean.py ../shared/data/fdg_template/fdg_template_2mm.nii.gz Resources/Atlas
"""

import sys
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk

from quantseg.brain.atlas import read_atlas
from quantseg.volume import Volume, resample_through
from quantseg.volume.masks import grown
from quantseg.volume.resampling import as_sitk

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_STORED_A_UNIT = 150.0
_RIM_VOXELS = 3


def main(source: Path, target: Path) -> None:
    """Write the file, and print how the template was scaled."""
    atlas = read_atlas()
    image = nibabel.load(source)
    template = Volume(np.asarray(image.dataobj, np.float32), np.asarray(image.affine))
    fixed = sitk.SmoothingRecursiveGaussian(as_sitk(atlas.brain), 3.0)
    transform = sitk.AffineTransform(3)
    transform.SetCenter(list(_LPS_FROM_RAS[:3, :3] @ atlas.grid.centre_mm))
    transform.Scale(0.93)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.5, 2029)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 0.005, 200, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([3, 2])
    method.SetSmoothingSigmasPerLevel([3.0, 0.0])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(fixed, as_sitk(template))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - matrix[:3, :3] @ centre
    matrix = _LPS_FROM_RAS @ matrix @ _LPS_FROM_RAS
    print(np.round(matrix, 4))
    mean = resample_through(template, atlas.grid, matrix).array
    shown = np.where(grown(atlas.mask, _RIM_VOXELS), mean, 0)
    stored = np.clip(np.round(shown * _STORED_A_UNIT), 0, 255).astype(np.uint8)
    nibabel.save(nibabel.Nifti1Image(stored, atlas.grid.affine), target / "fdg_healthy_mean_2mm.nii.gz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
