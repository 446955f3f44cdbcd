"""The inclusion proof of one row: made for whoever asks, and checked for whoever brings one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refused
from registry.ledger import AppendOnly
from registry.models import Seal, SealedLeaf
from registry.seals import merkle
from registry.seals.published import entry

FORMAT = "ngo-register-proof-1"
# A proof has a few kilobytes; a tree of four thousand million leaves has 32 levels.
LONGEST_TEXT = 64 * 1024
_DEEPEST = 32
_HASH = re.compile(r"[0-9a-f]{64}")


def of_row(row: AppendOnly) -> dict[str, Any] | None:
    """The proof that the row is in a seal; None as long as it is not.

    Holds hashes and the seal as it is published, and nothing of the row. Three queries and some
    two thousand hashes, however many rows the seal took.
    """
    leaf = SealedLeaf.objects.filter(table__name=row._meta.db_table, row_id=row.pk).first()
    if leaf is None:
        return None
    seal = Seal.objects.get(number=leaf.seal_id)
    block = leaf.position // merkle.BLOCK
    neighbours = SealedLeaf.objects.filter(
        seal=seal,
        position__gte=block * merkle.BLOCK,
        position__lt=(block + 1) * merkle.BLOCK,
    ).order_by("position")
    return proof_of(leaf, seal, [bytes(one) for one in neighbours.values_list("hash", flat=True)])


def proof_of(leaf: SealedLeaf, seal: Seal, hashes: Sequence[bytes]) -> dict[str, Any]:
    """The same, from the leaf's seal and the hashes of its block, which were read already."""
    block, place = divmod(leaf.position, merkle.BLOCK)
    blocks = _cut(bytes(seal.blocks))
    path = [*merkle.path_of(hashes, place), *merkle.path_of(blocks, block)]
    return {
        "format": FORMAT,
        "leaf": bytes(leaf.hash).hex(),
        "path": [list(step) for step in path],
        "seal": entry(seal),
    }


@dataclass(frozen=True)
class Checked:
    """What a proof says, and whether it holds. `problem` is a sentence; empty where it holds."""

    leaf: str = ""
    seal: Seal | None = None
    problem: str = ""


def check(text: str) -> Checked:
    """Whether the proof, a JSON text, leads to the root of the seal that it names, and whether the
    portal has published that seal. Refuses a text that is no proof."""
    proof = _read(text)
    named = proof["seal"]
    seal = Seal.objects.filter(number=named["number"]).first()
    if seal is None:
        return Checked(proof["leaf"], problem=_("The portal has published no seal of this number."))
    reached = merkle.led_to(bytes.fromhex(proof["leaf"]), proof["path"]).hex()
    if reached != seal.root:
        return Checked(
            proof["leaf"],
            seal,
            _("The path does not lead to the root of this seal: the line was not in it."),
        )
    if any(named.get(name) != stated for name, stated in entry(seal).items()):
        return Checked(
            proof["leaf"], seal, _("The seal in the proof is not the one that was published.")
        )
    return Checked(proof["leaf"], seal)


def _read(text: str) -> Mapping[str, Any]:
    proof: Any = None
    try:
        proof = json.loads(text) if len(text) <= LONGEST_TEXT else None
        is_proof = (
            proof["format"] == FORMAT
            and _is_hash(proof["leaf"])
            and type(proof["seal"]["number"]) is int
            and 0 < proof["seal"]["number"] < 2**31
            and len(proof["path"]) <= _DEEPEST
            and all(side in ("left", "right") and _is_hash(held) for side, held in proof["path"])
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        is_proof = False
    if not is_proof:
        raise Refused(
            _("This is not a proof of this portal. Download the proof anew and bring it unchanged.")
        )
    return proof  # type: ignore[no-any-return]


def _is_hash(text: Any) -> bool:
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def _cut(blocks: bytes) -> list[bytes]:
    return [blocks[start : start + 32] for start in range(0, len(blocks), 32)]
