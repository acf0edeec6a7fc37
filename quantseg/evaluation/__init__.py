"""How well predicted labels agree with a reference: per case, in sum, and with intervals by patient."""
