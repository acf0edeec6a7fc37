"""Standardised uptake values from DICOM headers: the right factor, or one sentence on what is missing."""

import re

import pytest
from made_pet_dicom import HALF_LIFE_S, header

from quantseg.errors import InputRefused
from quantseg.measure.values import Verdict
from quantseg.tasks.low_dose_pet.checks import check_uptake
from quantseg.tasks.low_dose_pet.regions import RegionValues
from quantseg.tasks.low_dose_pet.uptake_value import UptakeScale, uptake_scale


def _factor(seconds):
    return 70000 / (370e6 * 2 ** (-seconds / HALF_LIFE_S))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([header()], _factor(3600), id="decay to the start of the series"),
        pytest.param([header(DecayCorrection="ADMIN")], _factor(0), id="decay to the injection"),
        pytest.param(
            [header(SeriesTime="150000", AcquisitionTime="110500"), header(SeriesTime="150000")],
            _factor(3600),
            id="a series made anew later: the first acquisition counts",
        ),
        pytest.param(
            [header(group={"RadiopharmaceuticalStartDateTime": "20240301093000"})], _factor(5400), id="date and time"
        ),
        pytest.param(
            [header(group={"RadiopharmaceuticalStartTime": "233000"}, SeriesTime="003000", AcquisitionTime="003000")],
            _factor(3600),
            id="injected before midnight",
        ),
        pytest.param([header(Units="GML", PatientWeight=None)], 1.0, id="already an uptake value"),
    ],
)
def test_the_factor_is_that_of_the_formula(headers, expected):
    assert uptake_scale(headers).suv_per_unit == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(header(PatientWeight=None), "lack the patient's weight", id="no weight"),
        pytest.param(header(PatientWeight="0"), "weight (0010,1030) is 0 kg, expected 1 to 400", id="weight zero"),
        pytest.param(header(RadiopharmaceuticalInformationSequence=None), "lack the injected dose", id="no group"),
        pytest.param(header(group={"RadionuclideTotalDose": None}), "lack the injected dose", id="no dose"),
        pytest.param(header(group={"RadionuclideTotalDose": "370"}), "dose (0018,1074) is 370 Bq", id="dose in MBq"),
        pytest.param(header(group={"RadionuclideHalfLife": None}), "lack the half-life", id="no half-life"),
        pytest.param(header(group={"RadiopharmaceuticalStartTime": None}), "time of the injection", id="no injection"),
        pytest.param(header(DecayCorrection="NONE"), "decay correction (0054,1102) is NONE", id="no decay correction"),
        pytest.param(header(Units="CNTS"), "unit (0054,1001) is CNTS, expected BQML", id="counts"),
        pytest.param(header(Units=None), "unit (0054,1001) is missing", id="no unit"),
        pytest.param(header(Units="GML", SUVType="LBM"), "is GML, expected BQML", id="by lean mass"),
        pytest.param(
            header(group={"RadiopharmaceuticalStartDateTime": "20240229090000"}), "26.0 hours after", id="a day late"
        ),
        pytest.param(
            header(group={"RadiopharmaceuticalStartTime": "110200"}), "24.0 hours after", id="injected after the scan"
        ),
        pytest.param(header(group={"RadionuclideHalfLife": "109.77"}), "half-life of 109.77 s", id="minutes"),
    ],
)
def test_headers_that_do_not_tell_it_are_refused_in_one_sentence(wrong, said):
    with pytest.raises(InputRefused) as refused:
        uptake_scale([wrong])
    assert said in str(refused.value)
    assert ". " not in str(refused.value).replace("(0", "(")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(header(group={"RadionuclideHalfLife": "1223.4"}), id="carbon-11"),
        pytest.param(header(Units="GML", group={"RadionuclideHalfLife": "1223.4"}), id="already an uptake value"),
    ],
)
def test_another_tracer_asks_for_a_look(wrong):
    assert "half-life (0018,1075) is 1223.4 s" in uptake_scale([wrong]).doubts[0]


@pytest.mark.parametrize(
    ("suv_per_unit", "verdict"),
    [(1.0, Verdict.GOOD), (1000.0, Verdict.LOOK), (0.02, Verdict.LOOK)],
    ids=["usual", "dose in kBq", "dose not that of few counts"],
)
def test_an_uptake_that_no_brain_has_asks_for_a_look(suv_per_unit, verdict):
    (found,) = check_uptake([RegionValues("whole", 5.1, 5.1, 10.0, 8.0, 1000)], UptakeScale("Bq/ml", suv_per_unit))
    assert found.verdict is verdict
    assert check_uptake([], None) == ()


def test_an_image_without_attenuation_correction_asks_for_a_look():
    assert "attenuation" in uptake_scale([header(CorrectedImage=["DECY"])]).doubts[0]
    assert not uptake_scale([header()]).doubts


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"Units": "GML"}, "unit (0054,1001) (BQML, GML)"), ({"PatientWeight": "90"}, "weight (0010,1030) (70, 90)")],
)
def test_slices_that_name_two_scales_are_refused(changes, named):
    with pytest.raises(InputRefused, match=re.escape(f"name more than one {named}")):
        uptake_scale([header(), header(**changes)])
