"""What does `make run` do? Everything from an empty folder to a portal that answers."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping

from local import servers
from local.checkout import LOCAL, LOGS, ROOT
from local.supervisor import Child, Ended, RunError, Supervisor, say

HOST = "127.0.0.1"
PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
WEB_PATIENCE = 60.0


def main() -> int:
    """Exit codes: 0 ended by a signal, 1 something failed, 2 the port cannot be used."""
    try:
        port = chosen_port(os.environ)
        refuse_a_taken(port)
    except RunError as problem:
        say(str(problem))
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(environment(os.environ, port), ROOT, LOGS)
    return supervised(supervisor, lambda: run(supervisor, port))


def supervised(supervisor: Supervisor, work: Callable[[], None]) -> int:
    """Do the work until a signal or a failure ends it, and leave nothing running."""
    supervisor.listen()
    code = 0
    try:
        work()
    except Ended:
        say("Ending, in order. Ctrl-C again ends it by force.")
    except (RunError, servers.ServersError) as problem:
        say(f"\n{problem}\n\nEnding what else runs.")
        code = 1
    finally:
        supervisor.shut_down()
        leave_servers()
    say("Nothing is left running.")
    return code


def run(supervisor: Supervisor, port: int) -> None:
    """Prepare, start, and watch until something ends."""
    own_servers = uses_own_servers(os.environ)
    if own_servers:
        began = time.monotonic()
        servers.join()
        say(f"servers: PostgreSQL and Redis answer after {time.monotonic() - began:.1f} s")
    supervisor.step("migrate", [*MANAGE, "migrate", "--verbosity", "0"])
    supervisor.step("load_demo", [*MANAGE, "load_demo"], shown=True)
    supervisor.step("load_demo_grants", [*MANAGE, "load_demo_grants"], shown=True)
    if not static_is_collected():
        collect = ["collectstatic", "--no-input", "--clear", "--verbosity", "0"]
        supervisor.step("collectstatic", [*MANAGE, *collect])
    for child in children(port):
        supervisor.start(child)
    supervisor.wait_for(
        lambda: answers(port),
        WEB_PATIENCE,
        f"The web server does not answer on port {port}. What it says is in {LOGS / 'web.log'}.",
    )
    supervisor.step("demo_accounts", [*MANAGE, "demo_accounts"], shown=True)
    say(f"\nThe portal is at http://{HOST}:{port}/ (Ctrl-C ends it)\n")
    supervisor.watch(servers.ended if own_servers else tuple)


def children(port: int) -> list[Child]:
    """What runs, in the order of starting; it ends in the opposite order."""
    address = f"{HOST}:{port}"
    celery = [PYTHON, "-m", "celery", "-A", "config"]
    verbose = ["--loglevel", "INFO"]
    schedule = str(LOCAL / "beat.schedule")
    # The control socket lies in the home folder, where two checkouts would meet.
    gunicorn = [PYTHON, "-m", "gunicorn", "config.wsgi", "--no-control-socket"]
    return [
        Child("web", [*gunicorn, "--bind", address, "--workers", "3", "--access-logfile", "-"]),
        Child("worker", [*celery, "worker", "--concurrency", "2", *verbose], patience=30),
        Child("beat", [*celery, "beat", "--schedule", schedule, "--pidfile=", *verbose]),
    ]


def environment(ours: Mapping[str, str], port: int) -> dict[str, str]:
    """What the steps and children find in their environment."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": servers.database_url(),
        "REDIS_URL": servers.redis_url(),
        "PORTAL_URL": f"http://{HOST}:{port}",
        # Pages and faults as people get them; DEBUG=1 for Django's pages of faults.
        "DEBUG": "0",
        "PYTHONUNBUFFERED": "1",
    }
    return {**ours, **{name: ours.get(name) or value for name, value in defaults.items()}}


def static_is_collected() -> bool:
    """Whether the files for pages were collected since they, or the packages, last changed.

    Compressing them takes seconds, too long for each start.
    """
    manifest = LOCAL / "static" / "staticfiles.json"
    sources = [ROOT / "requirements.txt", ROOT / "config" / "static.py", *ROOT.glob("static/**/*")]
    return manifest.exists() and manifest.stat().st_mtime >= max(
        source.stat().st_mtime for source in sources
    )


def uses_own_servers(ours: Mapping[str, str]) -> bool:
    """Whether any of the two addresses is missing, so that this checkout's servers are used."""
    return not (ours.get("DATABASE_URL") and ours.get("REDIS_URL"))


def chosen_port(ours: Mapping[str, str]) -> int:
    """The port to serve on: PORT, or 8000."""
    chosen = ours.get("PORT") or "8000"
    if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
        raise RunError(f"PORT is '{chosen}'; it must be a number from 1 to 65535.")
    return int(chosen)


def refuse_a_taken(port: int) -> None:
    """Refuse, before anything is started, to run on a port that another program has."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError as problem:
            raise RunError(
                f"Port {port} on {HOST} cannot be used ({problem.strerror}). Is the portal "
                "running already? Choose another port like this: "
                f"PORT={8000 + (port + 80) % 1000} make run"
            ) from problem


def answers(port: int) -> bool:
    """Whether the start page comes."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def leave_servers() -> None:
    """Leave the servers, and say what became of them."""
    if not servers.has_joined():
        return
    if servers.leave():
        say("servers: PostgreSQL and Redis stopped")
    else:
        say("servers: PostgreSQL and Redis run on for another command of this checkout")


if __name__ == "__main__":
    sys.exit(main())
