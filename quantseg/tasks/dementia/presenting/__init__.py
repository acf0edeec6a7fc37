"""What a dementia result looks like: score or why there is none, what it rests on, uptake and its maps."""
