"""Some studies while the node is killed and its disk runs full: none is lost, doubled, or under a wrong patient.

``Testing/benchmarks/node_soak.py`` does the same with a thousand.
"""

import importlib.util

import pytest


@pytest.fixture(scope="module")
def soak(repository):
    """The benchmark that does the same with a thousand."""
    path = repository / "Testing" / "benchmarks" / "node_soak.py"
    specification = importlib.util.spec_from_file_location("node_soak", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.Soak


@pytest.mark.slow
def test_seven_studies_come_through_with_two_workers_and_bounded_memory(soak, tmp_path):
    run = soak(tmp_path, studies=7, seed=17, faults=("kill node", "fill disk"), pause_seconds=5)
    said = run.run()
    assert said["wrong"] == []
    assert said["faults"]["kill node"] >= 1
    assert said["jobs"].get("superseded", 0) <= said["kinds"]["late"]
    assert said["most_measuring_processes"] <= 2
    assert said["most_memory_mib"] < 1500
    assert said["slowest_start_seconds"] < 30


@pytest.mark.slow
def test_studies_that_wait_are_measured_with_bounded_memory(soak, tmp_path):
    """All of them lie in the archive when the node starts; it takes no more in hand than it has workers."""
    run = soak(tmp_path, studies=20, seed=17, faults=(), kinds=("plain",), at_once=True)
    said = run.run()
    assert said["wrong"] == []
    assert said["jobs"] == {"stored": 20}
    assert said["measured"] == 20
    assert said["most_in_hand"] == 2
    assert said["most_measuring_processes"] == 2
    assert said["most_memory_mib"] < 1000
