from collections.abc import Sequence

class vtkCommand:
    ModifiedEvent: int
    LeftButtonPressEvent: int

class vtkMatrix4x4:
    def DeepCopy(self, elements: Sequence[float]) -> None: ...
