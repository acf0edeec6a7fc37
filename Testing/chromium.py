"""A real Chromium without a window, driven through its own protocol over a pair of pipes."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from quantseg.results.report_pdf import require_browser

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-pipe",
    # WebGL without a graphics processor.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
_ANSWER_SECONDS = 300


class Chromium:
    """One window; a context manager.

    Args:
        size: of the window in pixels.
    """

    def __init__(self, size: tuple[int, int] = (1400, 900)) -> None:
        self._size = size
        self._last = 0
        self.said: list[str] = []

    def __enter__(self) -> Chromium:
        to_browser, from_us = os.pipe()
        from_browser, to_us = os.pipe()
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        width, height = self._size
        command = [require_browser(), *_FLAGS, f"--window-size={width},{height}"]
        command += [f"--user-data-dir={self._profile.name}", "about:blank"]
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        inner = f'exec 3<&{to_browser} 4>&{to_us}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", inner, "bash", *command],
            pass_fds=(to_browser, to_us),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(to_us)
        self._write, self._read = os.fdopen(from_us, "wb", buffering=0), os.fdopen(from_browser, "rb")
        pages = self._call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in pages if one["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._write.close()
        self._read.close()
        with contextlib.suppress(OSError):
            self._profile.cleanup()

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def evaluate(self, script: str):
        """Return the value of an expression in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise AssertionError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, script: str, seconds: float = 60.0):
        """Return the value of an expression once it is something."""
        deadline = time.monotonic() + seconds
        while not (found := self.evaluate(script)):
            if time.monotonic() > deadline:
                self.screenshot(Path(tempfile.gettempdir()) / "chromium-waited.png")
                raise AssertionError(f"After {seconds} s still nothing: {script}; the page said {self.said[-5:]}")
            time.sleep(0.2)
        return found

    def screenshot(self, path: Path) -> Path:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return path

    def click(self, x: float, y: float, times: int = 1) -> None:
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)

    def drag(self, places: list[tuple[float, float]]) -> None:
        """Press the button at the first place, move over the others, and release it at the last."""
        (x, y), *others = places
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for x, y in others:
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key whose name is what it writes, or a named one such as Enter."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def scroll(self, x: float, y: float, delta: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta)

    def call(self, method: str, **parameters):
        return self._call(method, self._session, **parameters)

    def _call(self, method: str, session: str | None = None, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._write.write(json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < deadline:
            answer = self._next_message()
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._note(answer)
        raise AssertionError(f"Chromium did not answer to {method}")

    def _note(self, event) -> None:
        if event.get("method") == "Runtime.consoleAPICalled" and event["params"]["type"] in ("error", "warning"):
            self.said.append(" ".join(str(one.get("value", one.get("description"))) for one in event["params"]["args"]))
        elif event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            self.said.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")
        elif event.get("method") == "Runtime.exceptionThrown":
            self.said.append(str(event["params"]["exceptionDetails"].get("exception", {}).get("description")))

    def _next_message(self):
        whole = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            whole += byte
        return json.loads(whole)
