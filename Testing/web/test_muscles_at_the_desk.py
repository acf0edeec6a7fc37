"""A result with a map beside its labels is corrected and approved in the browser: lumbar muscles."""

import nibabel
import numpy as np
from finished_muscles import build_muscles, muscle_images

from quantseg.results.writing import write_case
from quantseg.tasks.lumbar_muscle.task import TASK
from quantseg.tasks.registry import TASKS
from quantseg.web import casework


def test_areas_follow_a_correction_fat_is_the_maps_and_an_approval_holds(tmp_path):
    image = muscle_images().first.volume
    nibabel.save(nibabel.Nifti1Image(image.array, image.affine), tmp_path / "a.nii.gz")
    order = casework.CaseOrder(TASKS[TASK.name], tmp_path / "a.nii.gz", "a", tmp_path / "case")
    write_case(build_muscles("a"), order.folder / casework.RUN_FOLDER, TASK.presenter, report=False)
    ada, before = casework.Editor("Ada", "1"), casework.summarise(order)
    labels = nibabel.load(order.result / "labels.nii.gz")
    changed = np.asarray(labels.dataobj).copy()
    changed[:, 10:12][changed[:, 10:12] == 5] = 0
    nibabel.save(nibabel.Nifti1Image(changed, labels.affine), tmp_path / "sent.nii.gz")
    after = casework.save_labels(order, ada, tmp_path / "sent.nii.gz", before["etag"], None)
    assert after["headline"].startswith("multifidus L 192 / R 256 mm², fat 30.0 / 30.0 %")
    assert after["edited"] == ["left_multifidus"]
    assert "fat_fraction.nii.gz" in after["files"]
    assert casework.approve_labels(order, ada, after["etag"])["state"] == "approved"
    assert "untested on real images" in after["reasons"][0]
