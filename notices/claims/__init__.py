"""Claims: a person asks to act for an organisation; a code, its people or the ministry decide.

`opening` opens and withdraws one, `redemption` asks for a code and brings it, `decision` lets
others object and ends it. Who acts already is always told (docs/decisions/0015-claims.md).
"""

from notices.claims.decision import accept_unopposed, decide, let_in, object_to
from notices.claims.opening import open_claim, withdraw
from notices.claims.redemption import ask_code, redeem

__all__ = [
    "accept_unopposed",
    "ask_code",
    "decide",
    "let_in",
    "object_to",
    "open_claim",
    "redeem",
    "withdraw",
]
