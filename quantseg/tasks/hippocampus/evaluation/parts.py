"""What is scored of a hippocampus: its parts and the whole, of one side or of both."""

from quantseg.evaluation.parts import Part

HIPPOCAMPUS_PARTS = (Part("anterior", (1,)), Part("posterior", (2,)), Part("whole", (1, 2)))
SIDED_HIPPOCAMPUS_PARTS = (
    Part("left anterior", (1,)),
    Part("left posterior", (2,)),
    Part("left whole", (1, 2)),
    Part("right anterior", (3,)),
    Part("right posterior", (4,)),
    Part("right whole", (3, 4)),
)
