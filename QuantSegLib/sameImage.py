"""Whether an image is still what it was when a run began: no result may come to another one."""

import slicer
from slicer.i18n import tr as _


def isPresent(node):
    """Tell whether a node is still in the scene."""
    return node.GetScene() is not None and bool(slicer.mrmlScene.IsNodePresent(node))


def requireSameImage(logic, volume, identity):
    """Refuse a result whose image is gone, or is not what was segmented; nothing could be shown it with.

    :param logic: QuantSegLib.panelLogic.PanelLogic.
    :param volume: the image's node.
    :param identity: of the image when the run began, quantseg.review.image_of_result.ImageIdentity.
    """
    if isPresent(volume) and logic.imageIdentity(volume).same_as(identity):
        return
    gone = _("{name} was changed, or taken out of the scene, while it was segmented; there is no result.")
    raise RuntimeError(gone.format(name=volume.GetName()))
