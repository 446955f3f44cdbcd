"""An SMS gateway on a free port, which records what it is given and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class SmsStub(ThreadingHTTPServer):
    """`answers` gives a number's status; `status` that of the others."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.taken: list[dict[str, str]] = []
        self.keys: list[str | None] = []
        self.answers: dict[str, int] = {}
        self.status = 202
        self.retry_after = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"


class _Exchange(BaseHTTPRequestHandler):
    server: SmsStub

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stub = self.server
        stub.taken.append(message)
        stub.keys.append(self.headers["Idempotency-Key"])
        self.send_response(stub.answers.get(message["to"], stub.status))
        if stub.retry_after:
            self.send_header("Retry-After", stub.retry_after)
        self.end_headers()
        self.wfile.write(json.dumps({"id": f"m-{len(stub.taken)}"}).encode())

    def log_message(self, *_args: object) -> None:
        """Be quiet."""


@contextmanager
def running() -> Iterator[SmsStub]:
    with SmsStub() as stub:
        thread = Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            stub.shutdown()
            thread.join()
