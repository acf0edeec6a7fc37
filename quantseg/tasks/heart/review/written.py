"""A heart that was never written to files in the form in which a scene takes it."""

from __future__ import annotations

import json

from quantseg.results.case import CaseResult
from quantseg.results.document import case_document, document_bytes
from quantseg.results.reading_back import WrittenCine


def written_of_heart(result: CaseResult) -> WrittenCine:
    """Return labels and document of a heart."""
    document = json.loads(document_bytes(case_document(result, {}, {})))
    return WrittenCine(result.labels, document)
