"""The score that a task without labels gives of an image, kept with the image in a scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantseg.results.document import CaseDocument
from quantseg.review.image_of_result import ImageIdentity

if TYPE_CHECKING:
    import slicer

_SCORE = "QuantSeg.Score."


@dataclass(frozen=True)
class KeptScore:
    """A score and what it was made of.

    Attributes:
        document: content of ``measurements.json``.
        image: of which image it is.
        arguments: what the command was told beside the image, such as the person's age.
    """

    document: CaseDocument
    image: ImageIdentity
    arguments: tuple[str, ...]


def keep_score(image_node: slicer.vtkMRMLNode, score: KeptScore) -> None:
    """Keep a score with its image, in place of an earlier one of the same task; saved with the scene."""
    kept = {"document": score.document.to_json(), "image": score.image.to_json(), "arguments": score.arguments}
    image_node.SetAttribute(_SCORE + score.document.task, json.dumps(kept))


def kept_score(image_node: slicer.vtkMRMLNode, task: str) -> KeptScore | None:
    """Return the score that a task gave of an image; None where it gave none.

    Whoever shows it compares the image with what the node holds by now.
    """
    text = image_node.GetAttribute(_SCORE + task)
    if not text:
        return None
    kept = json.loads(text)
    arguments: Sequence[str] = kept["arguments"]
    return KeptScore(CaseDocument.from_json(kept["document"]), ImageIdentity.from_json(kept["image"]), tuple(arguments))
