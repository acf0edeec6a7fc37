"""A cluster ends a job whose time is up by SIGTERM; the command then ends as by Ctrl-C."""

import signal

from quantseg.cli import devices, main


def test_a_terminated_command_says_so_and_leaves_signals_as_they_were(monkeypatch, capsys):
    monkeypatch.setattr(devices, "run", lambda _: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert main.main(["devices"]) == 130
    assert "interrupted; finished cases are kept" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before
