"""What about an image asks for a look, whatever its labels are like."""

from dataclasses import replace

import numpy as np
import pytest
from made_volumes import noisy_array

from quantseg.measure.values import Verdict
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.reading_doubts import READING, with_reading_doubts
from quantseg.tasks.hippocampus.correcting import corrected
from quantseg.volume import Volume


@pytest.fixture
def doubtful(crop):
    return with_reading_doubts(replace(crop, scan=replace(crop.scan, doubts=("Its sides are not known.",)), checks=()))


def test_a_doubt_makes_the_verdict_look_with_its_reason(crop, doubtful):
    assert doubtful.verdict is Verdict.LOOK
    assert [(check.key, check.reason) for check in doubtful.checks] == [(READING, "Its sides are not known.")]
    assert with_reading_doubts(crop) is crop


def test_a_doubt_about_another_role_names_the_role(crop):
    other = Scan(Volume(noisy_array(), np.eye(4)), ImageFormat.ANALYZE, doubts=("Its sides are not known.",))
    case = with_reading_doubts(replace(crop, further_scans={"mask": other}))
    assert case.checks[0].reason == "mask: Its sides are not known."


def test_a_correction_of_the_labels_leaves_it(doubtful):
    again = corrected(doubtful, doubtful.label_map.array, [doubtful.segments[0].key])
    assert doubtful.checks[0] in again.checks
    # The labels are judged again beside it, and can only make it worse.
    assert again.verdict is not Verdict.GOOD
