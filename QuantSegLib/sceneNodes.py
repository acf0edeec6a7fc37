"""Nodes of the scene that belong together."""

import slicer


def removeWithParts(node):
    """Remove a node with what was made for it: table, chart, its series and their numbers."""
    scene = slicer.mrmlScene
    roles: list[str] = []
    node.GetNodeReferenceRoles(roles)
    own = [node.GetNodeReference(role) for role in roles if role.startswith("QuantSeg.")]
    if node.IsA("vtkMRMLPlotChartNode"):
        while node.GetNumberOfPlotSeriesNodes():
            scene.RemoveNode(node.GetNthPlotSeriesNode(0))
    for one in own:
        if one is not None:
            removeWithParts(one)
    if scene.IsNodePresent(node):
        scene.RemoveNode(node)
