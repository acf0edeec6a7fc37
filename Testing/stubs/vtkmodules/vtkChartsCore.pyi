class vtkAxis:
    BOTTOM: int
