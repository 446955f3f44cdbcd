"""The tree against RFC 6962's own vectors, and against its definition."""

from __future__ import annotations

from hashlib import sha256

import pytest

from registry.seals.merkle import BLOCK, Growing, leaf_hash, led_to, node_hash, path_of, root_of

# Inputs and roots of the test vectors of certificate-transparency's reference implementation.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(place).encode()) for place in range(count)]


def defined(hashes: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, by the largest power of two below the count."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(defined(hashes[:split]), defined(hashes[split:]))


@pytest.mark.parametrize("count", range(1, 9))
def test_the_root_is_that_of_the_standard(count: int) -> None:
    hashes = [leaf_hash(bytes.fromhex(one)) for one in INPUTS[:count]]
    assert root_of(hashes).hex() == ROOTS[count - 1]


@pytest.mark.parametrize("count", [0, 1, 2, 5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_a_tree_that_grows_has_the_same_root(count: int) -> None:
    tree = Growing()
    for one in leaves(count):
        tree.add(one)
    assert tree.root == defined(leaves(count))
    assert tree.count == count


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 13])
def test_every_path_leads_to_the_root(count: int) -> None:
    hashes = leaves(count)
    assert {led_to(one, path_of(hashes, place)) for place, one in enumerate(hashes)} == {
        defined(hashes)
    }


def test_a_path_leads_elsewhere_from_another_leaf() -> None:
    hashes = leaves(5)
    assert led_to(hashes[1], path_of(hashes, 0)) != root_of(hashes)


def test_a_node_is_never_taken_for_a_leaf() -> None:
    one, other = leaves(2)
    assert leaf_hash(one + other) != node_hash(one, other)
