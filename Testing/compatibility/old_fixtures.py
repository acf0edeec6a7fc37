"""Where the fixtures of the commit before the tasks lie, and the images that belong to them."""

import dataclasses
import shutil
from pathlib import Path

from golden_labels import sample
from small_heart import write_small_heart

from quantseg.models.bundle import Bundle, find_bundle
from quantseg.tasks.heart.judgement import VERDICT_FILE

BEFORE_TASKS = Path(__file__).parents[1] / "fixtures" / "before_tasks"
HEART = "heart"
"""Name of the small heart's case in ``outputs/heart``."""
# Which sample the image of each case of a worklist is.
HIPPOCAMPUS_IMAGES = {
    "sub-01/T1.nii.gz": "hippocampus_199",
    "sub-02/T1.nii.gz": "hippocampus_242",
    "sub-03/T1.nii.gz": "hippocampus_337",
    "sub-04/T1.nii.gz": "hippocampus_199",
    "sub-05/T1.nii.gz": "hippocampus_337",
    "sub-06/T1.nii.gz": "hippocampus_242",
}
HEART_IMAGES = ("sub-01/cine.nii.gz", "sub-02/cine.nii.gz", "sub-03/cine.nii.gz")


def write_images(repository: Path, task: str, folder: Path) -> Path:
    """Write the images of a worklist, ``hippocampus`` or ``heart``."""
    if task == "heart":
        for name in HEART_IMAGES:
            write_small_heart(sample(repository, "heart_phantom"), folder / name)
        return folder
    for name, origin in HIPPOCAMPUS_IMAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sample(repository, origin), folder / name)
    return folder


def uncalibrated(name: str) -> Bundle:
    """Return a heart model as it was before anything was fitted to it."""
    found = find_bundle(name)
    hashes = {path: digest for path, digest in found.hashes.items() if path != VERDICT_FILE}
    return dataclasses.replace(found, hashes=hashes)
