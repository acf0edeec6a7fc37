"""What QuantSeg's modules share inside Slicer: the engine's process, installation, editing, approval, the worklist.

It lies beside ``quantseg`` and the modules, in a checkout as in an installed extension, so that a module which finds
``quantseg`` finds it too, and no module depends on another one's folder.
"""
