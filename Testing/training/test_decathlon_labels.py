"""Labels of training data: rounded where they are stored as fractions, refused where they are no labels."""

import nibabel
import numpy as np
import pytest

from quantseg.errors import UsageError
from quantseg.training.decathlon import read_labels


def _saved(path, values, kind):
    nibabel.save(nibabel.Nifti1Image(np.array(values, kind).reshape(-1, 1, 1), np.eye(4)), path)
    return path


def test_labels_stored_as_fractions_are_rounded(tmp_path):
    found = read_labels(_saved(tmp_path / "case.nii.gz", [0, 0.9999, 2.0001], np.float32))
    assert found.dtype == np.uint8
    assert found.ravel().tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [257, -1, np.nan])
def test_a_value_that_no_byte_holds_is_refused_with_the_files_name(tmp_path, value):
    path = _saved(tmp_path / "case_7.nii.gz", [0, 1, value], np.float32)
    with pytest.raises(UsageError, match=r"case_7\.nii\.gz: the labels run from"):
        read_labels(path)
