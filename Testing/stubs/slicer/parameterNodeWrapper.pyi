from collections.abc import Callable
from typing import Any

from slicer import vtkMRMLScriptedModuleNode

# The class comes back with properties in place of its attributes, and is called with the node that keeps them.
def parameterNodeWrapper(classtype: type) -> Callable[[vtkMRMLScriptedModuleNode], Any]: ...
