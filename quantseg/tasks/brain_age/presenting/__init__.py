"""What a brain age result looks like: the age, where it lies among people of that age, which areas carry it."""
