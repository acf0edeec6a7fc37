"""Health and metrics for those who watch: counts, seconds and times of day, in Prometheus' text format."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from quantseg.errors import UsageError
from quantseg.jobs.job import Step

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS_TO_ASK = 5.0


class Counters:
    """Counts what this process has done, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: Counter[tuple[str, Step]] = Counter()
        self._seconds: defaultdict[tuple[str, Step], float] = defaultdict(float)
        self._failures: Counter[tuple[str, Step]] = Counter()

    def count(self, rule: str, step: Step, seconds: float) -> None:
        """Count a step that was reached."""
        with self._lock:
            self._steps[rule, step] += 1
            self._seconds[rule, step] += seconds

    def count_failure(self, rule: str, step: Step) -> None:
        """Count an attempt that failed, after the step that was reached before."""
        with self._lock:
            self._failures[rule, step] += 1

    def lines(self) -> Iterator[str]:
        """Yield them as Prometheus reads them."""
        with self._lock:
            steps, seconds, failures = dict(self._steps), dict(self._seconds), dict(self._failures)
        yield from _family("quantseg_node_step_seconds_count", "counter", "Steps that were done.", _labelled(steps))
        yield from _family("quantseg_node_step_seconds_sum", "counter", "Seconds that they took.", _labelled(seconds))
        said = "Attempts that failed and are made again, by the step reached before."
        yield from _family("quantseg_node_attempts_failed_total", "counter", said, _labelled(failures))


def job_lines(counts: Mapping[tuple[str, Step, bool], int]) -> Iterator[str]:
    """Yield how many jobs wait, are in hand, and have ended in which way."""
    found: Counter[str] = Counter()
    for (rule, step, in_hand), number in counts.items():
        state = "running" if in_hand else step.value.replace(" ", "_") if step.is_end else "waiting"
        found[f'rule="{_escaped(rule)}",step="{step.value.replace(" ", "_")}",state="{state}"'] += number
    yield from _family("quantseg_node_jobs", "gauge", "Studies by rule, step and state.", found)


def gauge(name: str, said: str, value: float) -> Iterator[str]:
    """Yield one value."""
    yield from _family(name, "gauge", said, {"": value})


class WatchServer:
    """Answers ``/metrics`` and ``/health``, and nothing else.

    Args:
        host: address to listen on.
        port: of it.
        metrics: returns the lines.
        health: returns what is wrong, a sentence each; nothing where all is well.

    Raises:
        UsageError: nobody can listen there.
    """

    def __init__(self, host: str, port: int, metrics: Callable[[], list[str]], health: Callable[[], list[str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = _SECONDS_TO_ASK

            def do_GET(self) -> None:
                answers = {"/metrics": lambda: _metrics(metrics), "/health": lambda: _health(health)}
                if self.path not in answers:
                    self.send_error(404)
                    return
                status, kind, body = answers[self.path]()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing of who asks."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise UsageError(
                f"Nobody can listen on {host}:{port} ({error.strerror}); name another port below [watch]."
            ) from None
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="watch").start()

    def close(self) -> None:
        """Answer no longer."""
        self._server.shutdown()
        self._server.server_close()


def _metrics(lines: Callable[[], list[str]]) -> tuple[int, str, bytes]:
    return 200, _TEXT, ("\n".join(lines()) + "\n").encode()


def _health(problems: Callable[[], list[str]]) -> tuple[int, str, bytes]:
    found = problems()
    return (503 if found else 200), "application/json", json.dumps({"ok": not found, "problems": found}).encode()


def _labelled(values: Mapping[tuple[str, Step], float]) -> dict[str, float]:
    return {
        f'rule="{_escaped(rule)}",step="{step.value.replace(" ", "_")}"': value
        for (rule, step), value in values.items()
    }


def _family(name: str, kind: str, said: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"
    for labels, value in sorted(values.items()):
        yield f"{name}{f'{{{labels}}}' if labels else ''} {value:.10g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
