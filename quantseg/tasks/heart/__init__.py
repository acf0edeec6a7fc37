"""The heart on short-axis cine MRI: phases, ventricular function, wall thickness, checks."""
