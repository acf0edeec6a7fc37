"""What whoever uses OASIS-1, or weights that were fitted to it, says of it."""

CITATION = (
    "Marcus D. S., Wang T. H., Parker J., Csernansky J. G., Morris J. C., Buckner R. L. Open Access Series of Imaging "
    "Studies (OASIS): Cross-sectional MRI Data in Young, Middle Aged, Nondemented, and Demented Older Adults. Journal "
    "of Cognitive Neuroscience 19, 1498-1507 (2007). https://doi.org/10.1162/jocn.2007.19.9.1498"
)
ACKNOWLEDGEMENT = (
    "Data were provided by OASIS-1: Cross-Sectional: Principal Investigators: D. Marcus, R. Buckner, J. Csernansky, "
    "J. Morris; P50 AG05681, P01 AG03991, P01 AG026276, R01 AG021910, P20 MH071616, U24 RR021382."
)
