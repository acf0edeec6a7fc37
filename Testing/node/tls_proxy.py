"""Stands in for the proxy before an archive that demands certificates.

Debian 12's Orthanc 1.10.1 ends with a segmentation fault when it is asked anything over HTTPS itself.
"""

import contextlib
import socket
import socketserver
import threading

_CHUNK = 65536


class TlsProxy:
    """Takes encrypted connections and passes on what is said in them, while it is entered.

    Args:
        context: of the server.
        port: of this machine to pass on to.
    """

    def __init__(self, context, port):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(self.request, server_side=True) as theirs,
                    socket.create_connection(("127.0.0.1", port)) as ours,
                ):
                    back = threading.Thread(target=_pass_on, args=(ours, theirs), daemon=True)
                    back.start()
                    _pass_on(theirs, ours)
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def _pass_on(source, target):
    with contextlib.suppress(OSError):
        while content := source.recv(_CHUNK):
            target.sendall(content)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
