"""The tree of hashes of RFC 6962: its root, a leaf's path to it, and whether a path leads there.

SHA-256; a leaf is hashed behind a zero byte, a node behind a one, so that neither can be taken
for the other. Pure: knows neither rows nor seals.

Leaves come in blocks of 1,024. In this tree each such block, the last and shorter one too, hangs
under one node; so the root is that of the blocks' roots, and a path needs one block and those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

BLOCK = 1024
EMPTY = sha256(b"").digest()

# A path from leaf to root: on which side the neighbour stands, and its hash in hexadecimal.
Path = list[tuple[str, str]]


def leaf_hash(line: bytes) -> bytes:
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaves (or over nodes of one height, such as the roots of blocks)."""
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY


def path_of(hashes: Sequence[bytes], position: int) -> Path:
    """The neighbours on the way from that leaf to the root, the nearest first."""
    path = []
    level = list(hashes)
    while len(level) > 1:
        neighbour = position ^ 1
        # The last of an odd row has none: it moves up as it is.
        if neighbour < len(level):
            side = "left" if neighbour < position else "right"
            path.append((side, level[neighbour].hex()))
        level, position = _above(level), position // 2
    return path


def led_to(leaf: bytes, path: Iterable[tuple[str, str]]) -> bytes:
    """The root to which a path leads from a leaf."""
    reached = leaf
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        reached = node_hash(other, reached) if side == "left" else node_hash(reached, other)
    return reached


class Growing:
    """A tree that takes its leaves one by one and keeps the roots of whole blocks alone."""

    def __init__(self) -> None:
        self.count = 0
        self._blocks: list[bytes] = []
        self._open: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self.count += 1
        self._open.append(leaf)
        if len(self._open) == BLOCK:
            self._blocks.append(root_of(self._open))
            self._open = []

    @property
    def blocks(self) -> list[bytes]:
        return [*self._blocks, root_of(self._open)] if self._open else list(self._blocks)

    @property
    def root(self) -> bytes:
        return root_of(self.blocks)


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
