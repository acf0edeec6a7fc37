"""Which image a result was made of, kept with the result; no other image may be shown or measured with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import UsageError
from quantseg.volume import Grid, Volume, to_canonical

if TYPE_CHECKING:
    import slicer

IMAGE_ROLE = "QuantSeg.image"
"""Role of the reference from what keeps a result to the image; the image is no part of the result."""
_IDENTITY = "QuantSeg.Image"


class OtherImage(UsageError):
    """A result is asked for together with an image that it was not made of."""


@dataclass(frozen=True)
class ImageIdentity:
    """What an image is, whatever its node is called and in whatever order its voxels are stored.

    Attributes:
        content_sha256: hash of the intensities of all frames, each in canonical order, as float32.
        shape: of a frame, in canonical order.
        affine: rows of the canonical affine, to RAS in mm.
    """

    content_sha256: str
    shape: tuple[int, ...]
    affine: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, frames: Sequence[Volume]) -> ImageIdentity:
        """Identify an image by its frames, which lie on one grid; an image that does not move has one."""
        digest = hashlib.sha256()
        for frame in frames:
            canonical, _ = to_canonical(frame)
            digest.update(np.ascontiguousarray(canonical.array, np.float32).tobytes())
        grid = to_canonical(frames[0])[0].grid
        return cls(digest.hexdigest(), grid.shape, tuple(tuple(map(float, row)) for row in grid.affine))

    @classmethod
    def from_json(cls, text: str) -> ImageIdentity:
        """Return what :meth:`to_json` wrote down."""
        kept = json.loads(text)
        return cls(kept["content_sha256"], tuple(kept["shape"]), tuple(tuple(row) for row in kept["affine"]))

    def to_json(self) -> str:
        """Return the identity as a text, to be kept in a scene."""
        return json.dumps(asdict(self))

    def same_as(self, other: ImageIdentity) -> bool:
        """Tell whether two images hold the same intensities at the same place, but for the rounding of files."""
        return self.content_sha256 == other.content_sha256 and self._grid.same_as(other._grid)

    @property
    def _grid(self) -> Grid:
        i, j, k = self.shape
        return Grid((i, j, k), np.array(self.affine))


def keep_image(keeper: slicer.vtkMRMLNode, image_node: slicer.vtkMRMLNode, identity: ImageIdentity) -> None:
    """Remember with a result what it was made of; saved with the scene.

    Args:
        keeper: node that keeps what is known of the result.
        image_node: the image, or the sequence of its frames.
        identity: of the image.
    """
    keeper.SetNodeReferenceID(IMAGE_ROLE, image_node.GetID())
    keeper.SetAttribute(_IDENTITY, identity.to_json())


def kept_identity(keeper: slicer.vtkMRMLNode) -> ImageIdentity | None:
    """Return what a result was made of; None where an older version kept the result."""
    text = keeper.GetAttribute(_IDENTITY)
    return ImageIdentity.from_json(text) if text else None


def refuse_other_node(kept: slicer.vtkMRMLNode | None, image_node: slicer.vtkMRMLNode, result_name: str) -> None:
    """Refuse another node than the one that a result was made of; a copy of an image may be another patient's.

    Args:
        kept: the node that the result refers to; None where it has left the scene, or was never kept.
        image_node: what is to be shown with the result.
        result_name: how to call the result.

    Raises:
        OtherImage: it is another node.
    """
    if kept is None or kept is image_node:
        return
    if kept.GetName() == image_node.GetName():
        raise OtherImage(
            f"{result_name} is a result of another image that is called {kept.GetName()}, too; choose that one, or "
            "choose no segmentation and a new one is made."
        )
    raise OtherImage(
        f"{result_name} is a result of the image {kept.GetName()}, not of {image_node.GetName()}; choose "
        f"{kept.GetName()}, or choose no segmentation and a new one is made."
    )


def refuse_frame_of_cine(
    segmentation_node: slicer.vtkMRMLSegmentationNode, image_node: slicer.vtkMRMLScalarVolumeNode
) -> None:
    """Refuse the segmentation of a cine for a single volume: what it shows is another image's, frame by frame.

    Raises:
        OtherImage: it shows a frame of a sequence.
    """
    from quantseg.mrml.sequences import shows_a_frame

    if shows_a_frame(segmentation_node):
        raise OtherImage(
            f"{segmentation_node.GetName()} belongs to the frames of a cine, and {image_node.GetName()} is a single "
            "volume; choose no segmentation and a new one is made."
        )


def refuse_other_content(
    known: ImageIdentity, found: ImageIdentity, image_node: slicer.vtkMRMLNode, result_name: str
) -> None:
    """Refuse an image that holds something else, or lies elsewhere, than the one that a result was made of.

    Raises:
        OtherImage: it does.
    """
    if not known.same_as(found):
        raise OtherImage(
            f"{image_node.GetName()} holds other intensities, or lies elsewhere, than the image that {result_name} was "
            "made of; choose that image, or choose no segmentation and a new one is made."
        )
