"""Does a proof of the NGO register hold? Needs Python 3.8 or newer and nothing else.

    python verify_proof.py PROOF.json SEALS.json [LINE.json]

PROOF.json   from the address of the document's proof: .../verify/NUMBER/proof
SEALS.json   from .../seals.json; the older and the further from us your copy is, the better
LINE.json    the file .line.json inside the PDF of a receipt: then it is checked too

Exit codes: 0 it holds, 1 it does not.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any


def seal_hash(seal: dict[str, Any]) -> str:
    stated = {name: seal[name] for name in ("count", "number", "previous", "root", "sealed_at")}
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(b"\x02" + text.encode()).hexdigest()


def led_to(leaf: str, path: list[list[str]]) -> str:
    reached = bytes.fromhex(leaf)
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        pair = other + reached if side == "left" else reached + other
        reached = sha256(b"\x01" + pair).digest()
    return reached.hex()


def problem(proof: dict[str, Any], seals: list[dict[str, Any]], line: bytes | None) -> str:
    """The first thing that is wrong, or nothing."""
    before = "0" * 64
    for number, seal in enumerate(seals, start=1):
        if seal["number"] != number or seal["previous"] != before:
            return f"the chain of seals is broken before seal {seal['number']}"
        if seal["hash"] != seal_hash(seal):
            return f"seal {number} was changed"
        before = seal["hash"]
    if proof["seal"] not in seals:
        return f"its seal {proof['seal']['number']} is not among the published ones"
    if led_to(proof["leaf"], proof["path"]) != proof["seal"]["root"]:
        return "its path does not lead from the leaf to the root of the seal"
    if line is not None and sha256(b"\x00" + line).hexdigest() != proof["leaf"]:
        return "the line is not the one that was sealed"
    return ""


def main(proof_file: str, seals_file: str, line_file: str = "") -> str | None:
    proof = json.loads(Path(proof_file).read_bytes())
    seals = json.loads(Path(seals_file).read_bytes())["seals"]
    wrong = problem(proof, seals, Path(line_file).read_bytes() if line_file else None)
    if wrong:
        return f"The proof does NOT hold: {wrong}."
    print(f"The proof holds: the line with the leaf {proof['leaf']}")
    print(f"was in the ledger at {proof['seal']['sealed_at']}, in seal {proof['seal']['number']}.")
    print(f"The chain of {len(seals)} seals is whole; its newest hash is {seals[-1]['hash']}.")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) in (3, 4) else __doc__)
