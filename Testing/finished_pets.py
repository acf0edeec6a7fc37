"""A finished case of low-dose PET of a made brain, by the task's pipeline with a stand-in for the network."""

from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
from made_pet import VOXEL_MM, made_brain, with_noise

from quantseg.inference.memory import MemoryRung
from quantseg.measure.steps import Steps
from quantseg.models.bundle import find_bundle
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.low_dose_pet import pipeline
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.tasks.low_dose_pet.options import LowDosePetOptions
from quantseg.tasks.low_dose_pet.pet_image import PetImage
from quantseg.volume import Volume

SPOT = (30, 42, 20)
"""Voxel that shines in the scan, and not in the estimate."""


def pet_scan():
    """Return the scan: a noisy brain with a spot, in Bq/ml as DICOM would give it."""
    low = with_noise(made_brain(), 0.2)
    i, j, k = SPOT
    low[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2] += 12
    affine = np.diag([-VOXEL_MM, -VOXEL_MM, VOXEL_MM, 1.0])
    affine[:3, 3] = 84, 100, -40
    return Scan(Volume(low, affine), ImageFormat.NIFTI)


def build_pet(scan=None, scale=None, name="image"):
    """Return what the pipeline makes of a scan when the network answers the brain without noise."""
    scan = scan or pet_scan()

    def estimate(canonical, _ensemble, _dose, fraction, _advance):
        level = level_of(canonical.array)
        truth = np.ascontiguousarray(made_brain()[::-1, ::-1])
        kept = truth * np.float32(level.mean / truth[level.region].mean())
        return Estimate(canonical, kept, 0.1 * kept, level, fraction, False, 1.0)

    answering = SimpleNamespace(bundle=find_bundle("low-dose-pet"), device="cpu", rung=MemoryRung.WHOLE)
    models = SimpleNamespace(ensemble=lambda *_given: answering)
    with patch.object(pipeline, "estimate_full_counts", estimate):
        work = pipeline.LowDosePetPipeline(LowDosePetOptions(dose_fraction=0.1), models)
        return work.run(name, PetImage.of(scan, scale), Steps())
