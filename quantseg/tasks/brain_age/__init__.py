"""Brain age: how old a brain looks on T1-weighted MRI, with an interval, and how far that is from the person's age."""
