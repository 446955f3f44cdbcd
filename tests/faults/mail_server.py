"""A mail server as bad as real ones: refuses, delays, drops and takes what will come back.

`python -I mail_server.py LOG` prints its port, and writes a line for each message that it has
taken: the Message-ID and the address. What an address gets is said by its first letters. Run apart
from the portal (-I): aiosmtpd needs a package named public, which is the name of our app.
"""

# ruff: noqa: ARG002, N802 - aiosmtpd calls these by its own names, with all it knows

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Behaviour:
    """`refused…` never, `grey…` the second time, `drops…` hangs up the first time, `slow…` late."""

    def __init__(self, log: Path) -> None:
        self.log = log.open("a", buffering=1)
        self.seen: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        is_new = address not in self.seen
        self.seen.add(address)
        if address.startswith("refused"):
            return "550 5.1.1 no such user"
        if address.startswith("grey") and is_new:
            return "451 4.7.1 greylisted, come again"
        if address.startswith("slow"):
            await asyncio.sleep(0.2)
        if address.startswith("drops") and is_new:
            transport: Any = server.transport
            transport.abort()
            return "421 4.3.2 good bye"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        found = MESSAGE_ID.search(content if isinstance(content, bytes) else b"")
        self.log.write(f"{found.group(1).decode() if found else '?'} {envelope.rcpt_tos[0]}\n")
        return "250 taken"


async def serve(log: Path) -> None:
    behaviour = Behaviour(log)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(behaviour, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
