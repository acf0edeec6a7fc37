"""Which DICOM objects are images, by their SOP class; the rest may lie in a series beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_IMAGE_STORAGE = "ImageStorage"
"""How the keywords of all classes end that are images made by a device (PS3.6, table A-1)."""
_UNKNOWN_CLASS = "an unknown kind"


def is_image_class(sop_class_uid: str) -> bool:
    """Tell whether the standard knows a class, and knows it as that of images with pixels."""
    return _keyword(sop_class_uid).endswith(_IMAGE_STORAGE)


def is_other_class(sop_class_uid: str) -> bool:
    """Tell whether the standard knows a class, and knows it as something else than images, such as reports.

    Spectroscopy, segmentations, parametric maps and doses are among these, although they have rows and columns.
    """
    keyword = _keyword(sop_class_uid)
    return bool(keyword) and not keyword.endswith(_IMAGE_STORAGE)


def kinds_in_words(sop_class_uids: Iterable[str]) -> str:
    """Return how many objects there are of which kind, such as "1 Raw Data Storage, 2 Secondary Capture Image Storage".

    The words are the standard's own; a class that it does not know is not quoted.
    """
    counts = Counter(_name(one) for one in sop_class_uids)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _keyword(uid: str) -> str:
    from pydicom.uid import UID_dictionary

    entry = UID_dictionary.get(uid)
    return "" if entry is None else entry[4]


def _name(uid: str) -> str:
    from pydicom.uid import UID_dictionary

    entry = UID_dictionary.get(uid)
    return _UNKNOWN_CLASS if entry is None else entry[0]
