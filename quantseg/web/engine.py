"""One run of the engine for the platform, in a process of its own: the same code as ``quantseg run``, with limits.

``python -m quantseg.web.engine`` reads one JSON object on standard input and prints events, one a line.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from quantseg.child_process import end_with_parent
from quantseg.errors import QuantSegError
from quantseg.web.confining import confine


@dataclass(frozen=True)
class RunOrder:
    """What is to be run.

    Attributes:
        task: reference "module:attribute".
        image: what was sent.
        name: of the case in it.
        output: folder that receives the case's folder.
        options: the task's own, by name.
        licences: to which who asked has agreed.
        memory_bytes: that the run may take.
    """

    task: str
    image: str
    name: str
    output: str
    options: dict[str, Any] = field(default_factory=dict)
    licences: tuple[str, ...] = ()
    memory_bytes: int = 0

    def to_json(self) -> str:
        """Return the order in one line."""
        return json.dumps(asdict(self))


def main() -> int:
    """Run the case and return the exit status."""
    order = RunOrder(**json.loads(sys.stdin.readline()))
    confine(order.memory_bytes)
    end_with_parent()
    from quantseg.batch.event_lines import EventLines
    from quantseg.results.events import RunEnded

    tell = EventLines()
    try:
        status, said = _run(order, tell)
    except QuantSegError as error:
        status, said = 1, str(error)
    tell(RunEnded(status, said))
    return status


def _run(order: RunOrder, tell: Any) -> tuple[int, str]:  # Whatever listens to events.
    from quantseg.batch.job import Job
    from quantseg.batch.models import require_licences
    from quantseg.batch.running import Place, segment_inputs
    from quantseg.batch.study import Study
    from quantseg.reading.spacing import HEADER_SPACING
    from quantseg.tasks.options import options_from
    from quantseg.tasks.registry import load_task
    from quantseg.web.looking import find_case
    from quantseg.web.tasks import person_apart

    task = load_task(order.task)
    person, own = person_apart(order.task, order.options)
    options = options_from(task.options, own)
    job = Job(order.task, options, Path(order.output), HEADER_SPACING)
    for licence in order.licences or (None,):
        try:
            require_licences(job, licence)
            break
        except QuantSegError as error:
            refused = error
    else:
        raise refused
    image = Path(order.image)
    case = dataclasses.replace(find_case(task, image, order.name), person=person)
    one_case = Study([image], chosen=(case,))
    outcomes = segment_inputs(job, one_case, Place(), listener=tell)
    return (1, outcomes[0].reason) if outcomes[0].status.is_failure else (0, outcomes[0].headline)


if __name__ == "__main__":
    sys.exit(main())
