"""How long pages of the platform take with 20 people at work while the engine runs, and what the server needs.

    PYTHONPATH=Testing:Testing/web python Testing/benchmarks/web_load.py --seconds 60

A server of its own is started in a folder that is deleted afterwards, with one worker that segments the sample head
again and again. Each person logs in, then asks for pages with pauses of one to five seconds, as people do. The first
image is timed in a real Chromium (software rendering), while the engine rests and while it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx
import numpy as np
import psutil
from chromium import Chromium
from visitors import PASSWORD, Visitor

from quantseg.jobs.database import begin_to_write
from quantseg.resources import resources_folder
from quantseg.web import accounts
from quantseg.web.platform import Platform
from quantseg.web.roles import Role
from quantseg.web.settings import Settings

_PAUSES_SECONDS = 1.0, 5.0
_MIB = 1024**2
_READY = "document.getElementById('viewer')?.dataset.ready === 'yes'"


def main() -> None:
    """Start, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--port", type=int, default=8642)
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="quantseg-web-", ignore_cleanup_errors=True) as folder:
        group, links = _people(Path(folder), options.people)
        command = [sys.executable, "-m", "quantseg", "web", "--data", folder, "--port", str(options.port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _measure(f"http://127.0.0.1:{options.port}", group, links, options.seconds, psutil.Process(server.pid))
        finally:
            server.terminate()
            server.wait()
    print(f"load after: {os.getloadavg()[0]:.1f}")


def _people(folder: Path, count: int) -> tuple[str, list[str]]:
    settings = Settings(folder)
    settings.prepare()
    platform = Platform.open(settings)
    with begin_to_write(platform.engine) as connection:
        group = accounts.add_group(connection, "Radiology")
        users = [accounts.add_user(connection, f"p{n}", f"Dr {n}", Role.APPROVER, [group]) for n in range(count)]
        links = [accounts.new_link(connection, user, 3600) for user in users]
    platform.close()
    return group, links


def _measure(address: str, group: str, links: list[str], seconds: float, server: psutil.Process) -> None:
    visitors = [Visitor(address) for _ in links]
    _wait_until_served(visitors[0])
    nobody = server.memory_info().rss
    for visitor, link in zip(visitors, links, strict=True):
        assert visitor.set_password(link, PASSWORD).status_code == 303
    head = resources_folder() / "SampleData" / "head_t1.nii.gz"
    upload = visitors[0].upload(head.name, head.read_bytes(), group)
    case = visitors[0].make_case(upload)
    visitors[0].run_to_end(case)
    _first_image(address, visitors[0], case, "engine at rest")
    over = threading.Event()
    engine = threading.Thread(target=_keep_running, args=(visitors[0], case, over), daemon=True)
    engine.start()
    pages = ("/cases", f"/cases/{case}", f"/cases/{case}/numbers", f"/api/v1/cases/{case}", "/send")
    times: dict[str, list[float]] = defaultdict(list)
    threads = [
        threading.Thread(target=_work, args=(visitor, pages, seconds, times, number))
        for number, visitor in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{len(visitors)} people, {seconds:.0f} s, load {os.getloadavg()[0]:.1f}:")
    everything = [one for of_page in times.values() for one in of_page]
    for page, found in [*times.items(), ("all", everything)]:
        p50, p95 = np.percentile(found, (50, 95)) * 1000
        print(f"  {page.replace(case, 'CASE'):<22} {len(found):4} times, median {p50:4.0f} ms, p95 {p95:4.0f} ms")
    crowd = server.memory_info().rss
    print(
        f"server {nobody / _MIB:.0f} MiB alone, {crowd / _MIB:.0f} MiB with {len(visitors)} people: "
        f"{(crowd - nobody) / _MIB / len(visitors):.2f} MiB a person"
    )
    _first_image(address, visitors[0], case, "engine at work")
    over.set()


def _wait_until_served(visitor: Visitor) -> None:
    while True:
        try:
            visitor.get("/login")
            return
        except httpx.ConnectError:
            time.sleep(0.5)


def _keep_running(visitor: Visitor, case: str, over: threading.Event) -> None:
    # The server ends while the last run is still waited for.
    with contextlib.suppress(httpx.HTTPError):
        while not over.is_set():
            visitor.run_to_end(case)


def _work(visitor: Visitor, pages: tuple[str, ...], seconds: float, times: dict[str, list[float]], seed: int) -> None:
    draw = random.Random(seed)
    until = time.monotonic() + seconds
    time.sleep(draw.uniform(0, _PAUSES_SECONDS[1]))
    while time.monotonic() < until:
        page = draw.choice(pages)
        began = time.perf_counter()
        answer = visitor.get(page)
        times[page].append(time.perf_counter() - began)
        assert answer.status_code == 200, (page, answer.status_code)
        time.sleep(draw.uniform(*_PAUSES_SECONDS))


def _first_image(address: str, visitor: Visitor, case: str, when: str) -> None:
    with Chromium((1366, 768)) as browser:
        for cookie in visitor.browser.cookies.jar:
            browser.call("Network.setCookie", url=address, name=cookie.name, value=cookie.value, httpOnly=True)
        for which in ("first", "second"):
            began = time.perf_counter()
            browser.open(f"{address}/cases/{case}")
            browser.wait(f"location.pathname === '/cases/{case}' && {_READY}")
            taken = time.perf_counter() - began
            print(f"image of the sample head, {which} time, {when}: {taken:.1f} s, load {os.getloadavg()[0]:.1f}")
            browser.open("about:blank")
            browser.wait("location.href === 'about:blank'")


if __name__ == "__main__":
    main()
