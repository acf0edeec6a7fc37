"""However little room a disk has, a case is written whole or what lay there before stays; the disk is really full."""

import dataclasses
import gzip

import nibabel
import pytest
from full_disks import SmallDisk, may_mount

from quantseg.errors import QuantSegError
from quantseg.reading import read_scan
from quantseg.review.approval import approve, labels_hash
from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.hippocampus.correcting import corrected
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector

pytestmark = pytest.mark.skipif(not may_mount(), reason="no file system can be mounted here")


@pytest.fixture
def disk(tmp_path):
    mounted = SmallDisk(tmp_path / "disk")
    yield mounted
    mounted.unmount()


def _voxels(path):
    """Return how many bytes of voxels a ``.seg.nrrd`` file holds; one that is cut off cannot be unpacked."""
    return len(gzip.decompress(path.read_bytes().partition(b"\n\n")[2]))


def test_a_save_is_whole_or_leaves_the_approved_labels_in_place(disk, a_head_result):
    images = disk.folder / "images"
    images.mkdir()
    volume = a_head_result.volume
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), images / "first.nii.gz")
    worklist = open_worklist(images, "Ada", "1", HippocampusCorrector())
    worklist.open("first")
    result = dataclasses.replace(a_head_result, name="first", scan=read_scan(worklist.entry("first").case))
    labels = result.labels.copy()
    labels[70:74, 40:44, 20:24] = 1
    by_hand = corrected(result, labels, ["left_anterior"])
    folder, saved, reasons = images / STATE_FOLDER / "first", 0, set()
    for left_kib in range(0, 120, 4):
        disk.free()
        worklist.save(result, "approved", approve(labels_hash(result.volume.with_array(result.labels)), "Ada"))
        disk.fill(left_kib)
        try:
            worklist.save(by_hand, "corrected")
        except QuantSegError as error:
            reasons.add(str(error).partition("(")[2].partition(")")[0])
            state = CaseState.APPROVED
        else:
            saved += 1
            state = CaseState.CORRECTED
            assert _voxels(folder / "segmentation.seg.nrrd") == labels.size
        assert worklist.entry("first").state is state
        assert sorted(path.name for path in (images / STATE_FOLDER).iterdir()) == ["first", "first.lock"]
    assert reasons == {
        "No space left on device",
        "slicer-core could not write segmentation.seg.nrrd; is the disk full?",
    }
    assert saved > 2
