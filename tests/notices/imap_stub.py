"""A mailbox on loopback that speaks IMAP, and as much of it as the reader needs."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say(b"* OK stub")
        for line in self.rfile:
            tag, _gap, command = line.strip().partition(b" ")
            words = command.upper()
            if words.startswith(b"CAPABILITY"):
                self._say(b"* CAPABILITY IMAP4rev1")
            elif words.startswith(b"SELECT"):
                self._say(b"* %d EXISTS" % len(self.server.messages))
            elif words.startswith(b"UID SEARCH"):
                unseen = [uid for uid in self.server.messages if not self.server.flags[uid]]
                self._say(b" ".join([b"* SEARCH", *(b"%d" % uid for uid in unseen)]))
            elif words.startswith(b"UID FETCH"):
                self._fetch(int(command.split()[2]))
            elif words.startswith(b"UID STORE"):
                self.server.flags[int(command.split()[2])] += re.findall(rb"\\(\w+)", command)
            elif words.startswith(b"LOGOUT"):
                self._say(b"* BYE", tag + b" OK done")
                return
            self._say(tag + b" OK done")

    def _fetch(self, uid: int) -> None:
        content = self.server.messages[uid]
        self._say(b"* %d FETCH (UID %d FLAGS () BODY[] {%d}" % (uid, uid, len(content)))
        self.wfile.write(content)
        self._say(b")")

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))


class Mailbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, messages: Sequence[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages = dict(enumerate(messages, 1))
        self.flags: dict[int, list[bytes]] = {uid: [] for uid in self.messages}

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def running(messages: Sequence[bytes]) -> Iterator[Mailbox]:
    with Mailbox(messages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
