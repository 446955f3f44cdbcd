"""The ledger's seals: taking them, proving by them, and verifying them all.

A seal proves that a row stood, as it is, on a certain day. It proves nothing of a row's truth.
"""

from registry.seals.leaves import hash_at_issue, line_at_issue
from registry.seals.merkle import leaf_hash
from registry.seals.proofs import Checked, check, of_row
from registry.seals.published import entries
from registry.seals.quotes import Quote, quote
from registry.seals.sealing import seal
from registry.seals.verification import Counts, verify

__all__ = [
    "Checked",
    "Counts",
    "Quote",
    "check",
    "entries",
    "hash_at_issue",
    "leaf_hash",
    "line_at_issue",
    "of_row",
    "quote",
    "seal",
    "verify",
]
