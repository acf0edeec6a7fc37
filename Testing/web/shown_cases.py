"""Cases with results that no engine has made: stand-ins of the real tasks, put where the platform keeps its own."""

import json
import time

import numpy as np
from sqlalchemy import func, insert, select

from quantseg.jobs.database import begin_to_write
from quantseg.measure.doubt import DoubtfulSlice, DoubtfulVoxels
from quantseg.results.nifti_file import nifti_file_bytes
from quantseg.results.writing import write_case
from quantseg.tasks.registry import load_task
from quantseg.web.accounts import new_id
from quantseg.web.casework import RUN_FOLDER
from quantseg.web.tables import CASES


def put_case(served, group, task, result):
    """Put a finished case into the platform, and return its identifier."""
    settings = served.platform.settings
    case, content = new_id(), new_id()
    folder = settings.contents / content
    folder.mkdir(mode=0o700)
    scan = result.scan
    frames = [scan.frame(index).array for index in range(scan.frame_count)]
    voxels = np.stack(frames, axis=-1) if scan.frame_numbers else frames[0]
    (folder / "image.nii.gz").write_bytes(nifti_file_bytes(voxels, scan))
    write_case(result, settings.cases / case / RUN_FOLDER, load_task(settings.tasks[task]).presenter)
    with begin_to_write(served.platform.engine) as connection:
        number = (connection.execute(select(func.max(CASES.c.number))).scalar() or 0) + 1
        row = {
            "id": case,
            "number": number,
            "group_id": served.groups[group],
            "patient_id": None,
            "content_id": content,
        }
        row |= {"task": task, "series": result.name, "image": "image.nii.gz", "has_dicom": False, "summary": {}}
        connection.execute(insert(CASES).values(**row, created_by="", created_at=time.time()))
    return case


def doubts_of(head):
    """Return two doubtful slices of a head, a coronal one through the middle and one 5 mm before it."""
    found = []
    for front_mm in (0.0, 5.0):
        box = np.hstack([np.eye(3), [[10.0], [front_mm], [-5.0]]])
        voxels = DoubtfulVoxels((2, 1, 1 + len(found)), tuple(box.ravel()), "0 2" if not found else "0 4")
        found.append(DoubtfulSlice("left", (10.0, front_mm, -5.0), 2.0, segment=head.segments[0].key, voxels=voxels))
    return tuple(found)


def state_of_viewer(browser):
    """Return what the page's viewer holds: frame, voxel under the cross, and voxels of each label in each frame."""
    return json.loads(
        browser.evaluate(
            """(() => {
  const { viewer } = document.getElementById("viewer");
  const counted = viewer.painting.frames.map((labels) => {
    const found = {};
    for (const value of labels) found[value] = (found[value] ?? 0) + 1;
    return found;
  });
  return JSON.stringify({ frame: viewer.frame, voxel: viewer.screen.voxel, counts: counted });
})()"""
        )
    )
