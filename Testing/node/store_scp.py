"""A PACS for tests: takes what is sent by C-STORE, and keeps it in memory."""

from pynetdicom import AE, AllStoragePresentationContexts, evt

from quantseg.node.local_orthanc import free_port

_VERIFICATION = "1.2.840.10008.1.1"


class StoreScp:
    """Listens while it is entered.

    Args:
        title: of it.
        require_called: refuse who calls another title.
        calling: titles that may call; empty for all.
        tls: context of the server.
    """

    def __init__(self, title="PACS", require_called=True, calling=(), tls=None, status=0):
        self.port = free_port()
        self.received = []
        self._entity = AE(ae_title=title)
        self._entity.require_called_aet = require_called
        self._entity.require_calling_aet = list(calling)
        self._tls = tls
        self._status = status
        self._server = None
        for context in AllStoragePresentationContexts:
            self._entity.add_supported_context(context.abstract_syntax)
        self._entity.add_supported_context(_VERIFICATION)

    def __enter__(self):
        handlers = [(evt.EVT_C_STORE, self._take)]
        self._server = self._entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=handlers, ssl_context=self._tls
        )
        return self

    def __exit__(self, *_):
        self._server.shutdown()

    def _take(self, event):
        if self._status == 0:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            self.received.append(dataset)
        return self._status
