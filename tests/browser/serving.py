"""The portal on a port of its own, in this process and on the test's database.

Or another application, where a test needs one that answers worse than the portal does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.types import WSGIApplication

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    """Says nothing of each request: a test reads pages, not logs."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        pass


@contextmanager
def serving(application: WSGIApplication | None = None) -> Iterator[str]:
    """The address under which the portal answers until the block ends."""
    server = ThreadedWSGIServer((HOST, 0), QuietHandler)
    server.set_app(application or WSGIHandler())
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
