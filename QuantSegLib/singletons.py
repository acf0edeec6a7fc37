"""Nodes of which a scene holds one for each panel."""

import slicer


def singletonNode(className, tag):
    """Return the scene's node of a class with a tag, made when first needed; it survives neither copying nor saving.

    :param className: such as "vtkMRMLSegmentEditorNode".
    :param tag: the panel's own.
    """
    scene = slicer.mrmlScene
    node = scene.GetSingletonNode(tag, className)
    if node is None:
        node = scene.CreateNodeByClass(className)
        node.UnRegister(None)
        node.SetSingletonTag(tag)
        node = scene.AddNode(node)
    return node
