"""No value of a header reaches the terminal or a log, whenever it is looked at."""

import logging

import pydicom
import pytest
from pydicom.dataelem import DataElement

from quantseg.errors import QuantSegError
from quantseg.reading import find_cases, read_scan

_SECRET = "PATIENT-NAME"


def _put(keyword, value=_SECRET):
    """Write words into a field, as software does that knows no rules."""

    def change(dataset, _):
        tag = pydicom.datadict.tag_for_keyword(keyword)
        dataset[tag] = DataElement(tag, "LO", value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _put("SeriesNumber"),
        _put("SeriesInstanceUID", f"{_SECRET}.1"),
        _put("StudyInstanceUID"),
        _put("SOPInstanceUID"),
        _put("FrameOfReferenceUID"),
        _put("EchoTime"),
        _put("InversionTime"),
        _put("PatientAge"),
        _put("PatientSex"),
        _put("RescaleSlope"),
        _put("SpecificCharacterSet"),
        _put("NumberOfFrames"),
    ],
    ids=[
        "number",
        "series",
        "study",
        "instance",
        "frame",
        "echo",
        "inversion",
        "age",
        "sex",
        "slope",
        "characters",
        "frames",
    ],
)
def test_words_in_a_field_of_numbers_are_quoted_nowhere(
    tmp_path, dicom_series, monkeypatch, recwarn, caplog, capfd, change
):
    monkeypatch.setattr(pydicom.config.settings, "writing_validation_mode", pydicom.config.IGNORE)

    def written_as_bytes(dataset, k):
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
        change(dataset, k)

    dicom_series(tmp_path, change=written_as_bytes)
    recwarn.clear()
    capfd.readouterr()
    caplog.clear()
    refusals = []
    with caplog.at_level(logging.DEBUG):
        try:
            for case in find_cases([tmp_path]):
                refusals.append(case.name)
                read_scan(case)
        except QuantSegError as refusal:
            refusals.append(str(refusal))
    said = capfd.readouterr()
    told = [caplog.text, said.out, said.err, *refusals, *(str(one.message) for one in recwarn)]
    assert not any(_SECRET in text for text in told)
    assert not recwarn.list
