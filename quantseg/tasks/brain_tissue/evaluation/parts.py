"""What is scored of brain tissue: the three tissues, and the brain as a whole."""

from quantseg.evaluation.parts import Part
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS, LabelledStructure


def _values(structures: tuple[LabelledStructure, ...], tissue: LabelledStructure) -> tuple[int, ...]:
    return tuple(one.segment.value for one in structures if set(one.regions) <= set(tissue.regions))


def _parts(structures: tuple[LabelledStructure, ...]) -> tuple[Part, ...]:
    tissues = {tissue.segment.key: _values(structures, tissue) for tissue in TISSUES}
    _, grey, white = tissues.values()
    return (*(Part(key, values) for key, values in tissues.items()), Part("brain", (*grey, *white)))


TISSUE_PARTS = _parts(TISSUES)
"""Of label maps with the values 1 to 3."""
TISSUE_PARTS_OF_ALL = (
    *_parts(TISSUES_AND_PARTS),
    *(Part(one.segment.key, (one.segment.value,)) for one in TISSUES_AND_PARTS),
)
"""Of label maps made with ``--parts``."""
