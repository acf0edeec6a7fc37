"""Labels that lie elsewhere than their image, as a file that was saved again by another program may: refused."""

from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
from finished_cases import build_crop
from finished_hearts import build_heart, heart_header
from heart_phantom import END_SYSTOLE, phantom_labels

from quantseg.errors import InputRefused
from quantseg.results.layout import LABELS
from quantseg.results.writing import write_case
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.review.corrector import HeartCorrector
from quantseg.tasks.heart.task import TASK as HEART
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.tasks.hippocampus.task import TASK as HIPPOCAMPUS


def _moved(affine):
    return affine + np.array([[0, 0, 0, 5.0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def _turned(affine):
    return affine @ np.diag([-1.0, 1.0, 1.0, 1.0])


def _stretched(affine):
    return affine @ np.diag([1.0, 1.0, 1.1, 1.0])


def _heart(kind):
    frames = {
        CineKind.CYCLE: phantom_labels()[::10],
        CineKind.ED_AND_ES: phantom_labels()[[0, END_SYSTOLE]],
        CineKind.SINGLE_FRAME: phantom_labels()[:1],
    }
    return build_heart(frames[kind], kind)


def _with_placeholder_affine():
    """A cycle as ACDC stores it, with a spacing in pixdim that its affine knows nothing of."""
    labels = phantom_labels()[::10]

    def size_of_a_heart(header):
        header.set_zooms((1.5, 1.5, 8.0, *header.get_zooms()[3:]))

    header = heart_header((*labels.shape[1:], len(labels)), np.eye(4), size_of_a_heart)
    assert build_heart(labels, header=header).scan.spacing_needs_look
    return build_heart(labels, header=header)


_CASES = {
    "crop": lambda: (build_crop(), HippocampusCorrector(), HIPPOCAMPUS),
    "cycle": lambda: (_heart(CineKind.CYCLE), HeartCorrector(), HEART),
    "placeholder": lambda: (_with_placeholder_affine(), HeartCorrector(), HEART),
    "pair": lambda: (_heart(CineKind.ED_AND_ES), HeartCorrector(), HEART),
    "frame": lambda: (_heart(CineKind.SINGLE_FRAME), HeartCorrector(), HEART),
}


@pytest.fixture(params=_CASES)
def a_written_case(request, tmp_path):
    result, corrector, task = _CASES[request.param]()
    return result, corrector, write_case(result, tmp_path, task.presenter, report=False).folder


def _save_again(folder, change, files=None):
    for path in files or sorted(folder.glob(f"*{LABELS}")):
        image = nibabel.load(path)
        nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), change(image.affine)), path)


def test_labels_on_their_image_are_taken(a_written_case):
    result, corrector, folder = a_written_case
    assert np.array_equal(corrector.result_of(result.scan, corrector.read_written(folder)).labels, result.labels)


@pytest.mark.parametrize("change", [_moved, _turned, _stretched])
def test_labels_elsewhere_are_neither_measured_nor_put_into_the_scene(a_written_case, change):
    result, corrector, folder = a_written_case
    _save_again(folder, change)
    written = corrector.read_written(folder)
    with pytest.raises(InputRefused, match=r"lie on another grid .* than their image"):
        corrector.result_of(result.scan, written)
    with pytest.raises(InputRefused, match="lie on another grid"):
        corrector.put(None, result.scan, written)


def test_phases_on_grids_of_their_own_are_refused(tmp_path):
    folder = write_case(_heart(CineKind.ED_AND_ES), tmp_path, HEART.presenter, report=False).folder
    _save_again(folder, _moved, [folder / f"ES_{LABELS}"])
    with pytest.raises(InputRefused, match="lie on another grid"):
        HeartCorrector().read_written(folder)


def test_what_a_run_leaves_elsewhere_is_not_put_into_the_scene(a_scene, tmp_path):
    heart = _heart(CineKind.SINGLE_FRAME)
    folder = write_case(heart, tmp_path, HEART.presenter, report=False).folder
    corrector, run = HeartCorrector(), SimpleNamespace(frames=(0,))
    case = corrector.add_to_scene(heart.scan, "heart", a_scene.scene)
    _save_again(folder, _moved)
    with pytest.raises(InputRefused, match="lie on another grid"):
        corrector.put_run(case, run, corrector.read_written(folder))
    assert case.document is None
