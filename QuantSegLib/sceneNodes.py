"""Nodes of the scene that belong together."""

import slicer


def removeWithParts(node):
    """Remove a node with what was made for it: table, chart, its series and their numbers."""
    from quantseg.review.image_of_result import IMAGE_ROLE
    from quantseg.review.shown_result import own_part

    scene = slicer.mrmlScene
    roles: list[str] = []
    node.GetNodeReferenceRoles(roles)
    # The image that a result was made of is no part of it, nor is what a copy of it shares with the original.
    own = [own_part(node, role) for role in roles if role.startswith("QuantSeg.") and role != IMAGE_ROLE]
    if node.IsA("vtkMRMLPlotChartNode"):
        # All at once: in a scene that is being closed a chart goes on counting series that are gone.
        series = [node.GetNthPlotSeriesNode(number) for number in range(node.GetNumberOfPlotSeriesNodes())]
        for one in series:
            if one is not None:
                scene.RemoveNode(one)
    for one in own:
        if one is not None:
            removeWithParts(one)
    if scene.IsNodePresent(node):
        scene.RemoveNode(node)
