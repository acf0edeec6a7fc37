"""What a user may ask of the made-up task."""

from dataclasses import dataclass

from quantseg.tasks.options import TaskOptions, option


@dataclass(frozen=True, kw_only=True)
class UptakeOptions(TaskOptions):
    """Options of the made-up task."""

    reference_years: float = option(50.0, "age that uptake is corrected to", unit="YEARS", positive=True)
