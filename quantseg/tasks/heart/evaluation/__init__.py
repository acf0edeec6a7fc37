"""How good heart labels are: overlap by phase, function, and stacks spoiled on purpose."""
