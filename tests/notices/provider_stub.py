"""A mail provider on loopback, which takes what Postmark's interface takes and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Request(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        letter = letter[0] if isinstance(letter, list) else letter
        code, answer = self.server.answers.get(letter["To"], (200, {}))
        if code == 200 and not answer:
            self.server.letters.append(letter)
            answer = {
                "To": letter["To"],
                "MessageID": f"number-{len(self.server.letters)}",
                "ErrorCode": 0,
                "Message": "OK",
                "SubmittedAt": "2026-09-15T12:00:00Z",
            }
        content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        pass


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.letters: list[dict[str, Any]] = []
        # By recipient: the status, and what is said with it.
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


@contextmanager
def running() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
