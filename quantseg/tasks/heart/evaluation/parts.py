"""What is scored of a heart: each chamber's cavity and the muscle of the left ventricle."""

from quantseg.evaluation.parts import Part
from quantseg.tasks.heart.anatomy import HeartLabel

HEART_PARTS = (
    Part("RV cavity", (HeartLabel.RV_CAVITY,)),
    Part("LV myocardium", (HeartLabel.LV_MYOCARDIUM,)),
    Part("LV cavity", (HeartLabel.LV_CAVITY,)),
)
