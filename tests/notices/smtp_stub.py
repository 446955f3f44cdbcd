"""A small SMTP server on a free port, which records what it is given and answers as it is told."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from threading import Thread
from time import sleep


class SmtpStub(socketserver.ThreadingTCPServer):
    """`answers` gives a recipient's reply to RCPT; `breaks_on` one at whom it hangs up; `pause` is
    how many seconds it takes to swallow a message."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.recipients: list[str] = []
        self.messages: list[Message] = []
        self.answers: dict[str, str] = {}
        self.breaks_on = ""
        self.pause = 0.0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpStub

    def handle(self) -> None:
        self._say("220 stub")
        for line in self.rfile:
            command = line.decode().strip()
            verb = command[:4].upper()
            if verb == "RCPT":
                address = command.partition("<")[2].partition(">")[0]
                if address == self.server.breaks_on:
                    return
                answer = self.server.answers.get(address, "250 ok")
                if answer.startswith("250"):
                    self.server.recipients.append(address)
                self._say(answer)
            elif verb == "DATA":
                self._say("354 go on")
                self.server.messages.append(message_from_bytes(self._body()))
                sleep(self.server.pause)
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _body(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def running() -> Iterator[SmtpStub]:
    with SmtpStub() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
