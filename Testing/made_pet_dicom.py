"""Made DICOM series of PET: 70 kg, 370 MBq of fluorine-18 an hour before the scan, in Bq/ml."""

import numpy as np
from made_dicom import write_series
from pydicom import Dataset

from quantseg.volume import Volume

HALF_LIFE_S = 6586.2
SUV_PER_UNIT = 70000 / (370e6 * 2 ** (-3600 / HALF_LIFE_S))
_SLOPE = 4


def header(group=None, **changes):
    """Return the header of a PET slice: 70 kg, 370 MBq at 10:00:00, scanned from 11:00:00 on."""
    injected = Dataset()
    injected.RadionuclideTotalDose, injected.RadionuclideHalfLife = "370000000", str(HALF_LIFE_S)
    injected.RadiopharmaceuticalStartTime = "100000.00"
    for keyword, value in (group or {}).items():
        _set(injected, keyword, value)
    found = Dataset()
    found.Units, found.DecayCorrection, found.PatientWeight = "BQML", "START", "70"
    found.SeriesDate = found.AcquisitionDate = "20240301"
    found.SeriesTime = found.AcquisitionTime = "110000"
    found.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    found.RadiopharmaceuticalInformationSequence = [injected]
    for keyword, value in changes.items():
        _set(found, keyword, value)
    return found


def _set(dataset, keyword, value):
    if value is None:
        delattr(dataset, keyword)
    else:
        setattr(dataset, keyword, value)


def write_pet_series(folder, volume, change=None):
    """Write uptake values as a series; ``change`` adapts each slice's data set."""
    fields = {one.keyword: one.value for one in header()}
    fields |= {"Modality": "PT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.128"}
    fields |= {"RescaleSlope": _SLOPE, "RescaleIntercept": 0}
    stored = np.round(volume.array / SUV_PER_UNIT / _SLOPE).astype(np.uint16)

    def adapt(dataset, k):
        for keyword in ("EchoTime", "RepetitionTime"):
            delattr(dataset, keyword)
        return None if change is None else change(dataset, k)

    write_series(folder, Volume(stored, volume.affine), adapt, **fields)
    return folder
