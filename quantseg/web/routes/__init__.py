"""Pages and API of the platform; each route carries the rule that says who may use it."""
