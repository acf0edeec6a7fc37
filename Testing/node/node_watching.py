"""Asks a node how it is."""

import urllib.error
import urllib.request


def watched(port, path):
    """Return what a node answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode()}"
