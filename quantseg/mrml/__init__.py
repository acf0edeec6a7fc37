"""The way between the engine and a Slicer scene; the only place below the panels that imports slicer."""
