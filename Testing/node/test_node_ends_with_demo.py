"""A node that a demo started ends with it, however the demo ends."""

import subprocess
import sys

import psutil
import pytest

_DEMO = """
import os, sys, time
from quantseg.child_process import ChildProcess
node = ChildProcess([sys.executable, "-m", "quantseg", "node", "run", "--config", sys.argv[1]], os.environ)
lines = []
while not lines:
    lines = node.new_lines()
    time.sleep(0.1)
print(node.process_id, lines[0], flush=True)
os._exit(9)
"""


@pytest.mark.slow
def test_a_killed_demo_leaves_no_node_behind(tmp_path):
    (tmp_path / "node.toml").write_text(
        f'[archive]\nurl = "http://127.0.0.1:9"\n[queue]\ndatabase = "{tmp_path}/queue.sqlite"\n'
        f'[work]\nfolder = "{tmp_path}/work"\npdf = false\n[watch]\nport = 0\n[[rule]]\ntask = "hippocampus"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-c", _DEMO, str(tmp_path / "node.toml")]
    number, _, said = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout.partition(" ")
    assert "started" in said
    if psutil.pid_exists(int(number)):
        psutil.Process(int(number)).wait(timeout=30)
