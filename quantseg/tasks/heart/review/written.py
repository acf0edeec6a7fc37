"""A heart that was never written to files in the form in which a scene takes it."""

from __future__ import annotations

from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.nifti_file import affine_of_nifti
from quantseg.results.reading_back import WrittenCine


def written_of_heart(result: CaseResult) -> WrittenCine:
    """Return labels and document of a heart."""
    return WrittenCine(result.labels, CaseDocument.of(result), affine_of_nifti(result.scan))
