"""How the dementia model is fitted, and what is told of people whom a fit had not seen."""
