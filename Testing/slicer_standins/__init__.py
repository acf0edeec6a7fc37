"""Stand-ins for what only Slicer's desktop has: Qt's Slicer widgets, the module base classes, the parameter node.

They let a panel's own code run under PySide6 without a window. That shows object names, bindings and what each
handler does. It shows nothing about Slicer's real widgets, effects and layouts, or PythonQt's conversions. MRML nodes
are real ones.
"""
