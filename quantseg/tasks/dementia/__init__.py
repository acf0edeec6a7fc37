"""What speaks for dementia on T1-weighted MRI, and how FDG uptake differs from that of healthy adults on PET."""
