"""Where does this checkout keep what it makes while it runs?"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Two checkouts on one machine must not meet, and every process of one checkout must. The name also
# stands in the command line of both servers, which is how they are found again.
NAME = "ngo-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]

LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"

# The path of a Unix socket has room for about 100 bytes, and all processes must agree on it
# whatever TMPDIR says: hence neither the checkout nor tempfile.gettempdir().
RUN = Path("/tmp") / NAME  # noqa: S108


class ServersError(Exception):
    """The servers cannot be had; the message tells a person why and what to do."""
