"""A heart back to DICOM: one segmentation object a time point, read back with highdicom."""

import dataclasses

import highdicom
import numpy as np
import pytest
from finished_hearts import build_heart
from heart_phantom import phantom_affine, phantom_labels
from made_dicom import study_fields, write_series

from quantseg.dicom.segmentation import HighdicomExporter
from quantseg.review.exporting import DicomExport, export_case
from quantseg.tasks.heart.task import TASK


@pytest.fixture
def a_heart_and_its_files(tmp_path):
    """Two frames of a heart, and the DICOM images of each."""
    found = build_heart(phantom_labels()[[0, 4, 7]])
    turned = np.diag([1.0, 1.0, -1.0, 1.0])
    turned[2, 3] = found.labels.shape[3] - 1
    affine = phantom_affine() @ turned
    geometry = dataclasses.replace(found.scan.geometry, affine=affine, header_affine=affine)
    cine = dataclasses.replace(found.scan, frames=found.scan.frames[..., ::-1], geometry=geometry, header=None)
    result = dataclasses.replace(
        found.with_label_map(array=found.labels[..., ::-1]), scan=cine, edited_segments=("lv_cavity",)
    )
    files = {}
    for frame in range(3):
        write_series(tmp_path / f"frame{frame}", cine.frame(frame), **study_fields(8))
        files[frame] = sorted((tmp_path / f"frame{frame}").iterdir())
    return result, files


def test_every_time_point_gets_a_segmentation_of_its_own(a_heart_and_its_files, tmp_path):
    result, files = a_heart_and_its_files
    exports = [DicomExport(HighdicomExporter(), files[frame], frame) for frame in files]
    folder = export_case(result, None, tmp_path / "out", TASK.presenter, {}, exports)
    written = sorted(path.name for path in folder.glob("*.dcm"))
    assert written == [f"frame0{number}_segmentation.dcm" for number in (1, 2, 3)]
    for frame, name in enumerate(written):
        segmentation = highdicom.seg.segread(folder / name)
        for number in segmentation.segment_numbers:
            item = segmentation.get_segment_description(number)
            (segment,) = (one for one in result.segments if one.name == item.segment_label)
            edited = segment.key == "lv_cavity"
            assert item.SegmentAlgorithmType == ("SEMIAUTOMATIC" if edited else "AUTOMATIC")
            found = segmentation.get_volume(segment_numbers=[number], combine_segments=True)
            places = found.map_indices_to_reference(np.argwhere(found.array > 0).astype(float))
            expected = result.scan.grid.to_world(np.argwhere(result.labels[frame] == segment.value)) * [-1, -1, 1]
            assert np.allclose(_sorted(places), _sorted(expected), atol=0.01)
        assert len(segmentation.segment_numbers) == 3


def _sorted(places):
    rounded = np.round(places, 1) + 0.0
    return places[np.lexsort(rounded.T)]
