"""What is scored of lumbar muscles: each side, and both together."""

from quantseg.evaluation.parts import Part
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of

MUSCLE_PARTS = (
    *(Part(muscle.value, tuple(label_of(muscle, side) for side in Side)) for muscle in Muscle),
    *(Part(f"{side.value}_{muscle.value}", (label_of(muscle, side),)) for muscle in Muscle for side in Side),
)
