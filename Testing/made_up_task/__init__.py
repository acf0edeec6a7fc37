"""A made-up task: how much glucose the bright half of a brain takes up, from MRI and PET; it means nothing."""
