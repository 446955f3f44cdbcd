"""How does a script use this checkout's servers? `python -m local exec -- COMMAND`."""

import os
import signal
import subprocess
import sys

from local import servers

USAGE = """\
usage: python -m local exec -- COMMAND   run it with DATABASE_URL and REDIS_URL of this checkout
       python -m local stop              stop servers that a killed process left running
       python -m local erase             stop them and remove their data"""


def main(arguments: list[str]) -> int:
    """Exit codes: the command's own, 1 refused, 2 usage."""
    try:
        match arguments:
            case ["exec", "--", *command] if command:
                return execute(command)
            case ["stop"]:
                return refused_if_in_use(servers.stop())
            case ["erase"]:
                return refused_if_in_use(servers.erase())
    except servers.ServersError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 2


def execute(command: list[str]) -> int:
    """Run a command between join and leave; signals are the command's to answer."""
    servers.join()
    addresses = {"DATABASE_URL": servers.database_url(), "REDIS_URL": servers.redis_url()}
    child = subprocess.Popen(command, env={**os.environ, **addresses})
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    # The terminal has sent it to the command as well.
    signal.signal(signal.SIGINT, lambda *_: None)
    code = child.wait()
    return code if code >= 0 else 128 - code


def refused_if_in_use(done: bool) -> int:
    """The exit code, and the reason when nothing was done."""
    if not done:
        print("The servers are in use. End the commands that use them first.", file=sys.stderr)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
