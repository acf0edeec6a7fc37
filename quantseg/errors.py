"""Errors that a user can act on; each says what was found, what was expected and what to do."""


class QuantSegError(Exception):
    """Base of every error whose message is meant for the user rather than for a programmer."""


class InputRefused(QuantSegError):
    """An input that cannot be processed rightly; the case is skipped and nothing is written for it."""


class UsageError(QuantSegError):
    """The request itself is wrong (exit status 2): an unknown option value, two equal case names, ..."""


class ModelError(QuantSegError):
    """A model bundle that is missing, damaged, untrusted or unlicensed for this use."""
