"""How many cases are checked, and which: arithmetic that an auditor can repeat."""

from __future__ import annotations

import hashlib
from math import ceil, comb, log

import pytest

from reregistration.marking import plan


class TestFull:
    @pytest.mark.parametrize(
        ("candidates", "checked"),
        [(600, 236), (1, 1), (10, 10), (19, 19), (20, 19), (100, 95), (101, 79), (200, 156)],
    )
    def test_of_so_many_so_many(self, candidates: int, checked: int) -> None:
        assert plan.full(candidates) == checked

    @pytest.mark.parametrize("candidates", [1, 7, 50, 100, 101, 150, 333, 599, 600, 1000])
    def test_one_wrong_in_a_hundred_escapes_less_than_once_in_twenty(self, candidates: int) -> None:
        wrong = max(1, -(-candidates // 100))
        checked = plan.full(candidates)
        escapes = comb(candidates - wrong, checked) / comb(candidates, checked)
        assert escapes <= 0.05

    def test_one_case_fewer_does_not_keep_the_bound(self) -> None:
        assert (1 - 235 / 600) ** 6 > 0.05 >= (1 - 236 / 600) ** 6

    def test_of_ever_more_candidates_it_comes_to_the_pool(self) -> None:
        assert plan.full(6_000) == 293
        assert plan.full(30_000) == 299
        # (1 - n/N)^(N/100) comes to e^(-n/100).
        assert ceil(100 * log(20)) == plan.POOL

    def test_nobody_is_checked_of_nobody(self) -> None:
        assert plan.full(0) == 0


class TestSize:
    @pytest.mark.parametrize("clean_rounds", [0, 1, 2])
    def test_the_first_three_rounds_are_checked_in_full(self, clean_rounds: int) -> None:
        assert plan.size(600, clean_rounds=clean_rounds, pooled=900) == 236

    def test_then_fifty_judged_with_those_before(self) -> None:
        assert plan.size(600, clean_rounds=3, pooled=708) == 50
        assert plan.size(600, clean_rounds=3, pooled=250) == 50

    def test_where_the_pool_is_small_it_is_filled_first(self) -> None:
        assert plan.size(600, clean_rounds=3, pooled=240) == 60
        assert plan.size(600, clean_rounds=3, pooled=10) == 236

    def test_of_a_small_round_never_more_than_a_full_check(self) -> None:
        assert plan.size(30, clean_rounds=5, pooled=1000) == 29


class TestOrder:
    def test_it_is_what_the_docstring_says(self) -> None:
        def leaf(position: int) -> str:
            return hashlib.sha256(f"ab:{position}".encode()).hexdigest()

        assert plan.order("ab", range(1, 50)) == sorted(range(1, 50), key=leaf)

    def test_it_is_the_same_whatever_order_the_candidates_come_in(self) -> None:
        assert plan.order("ab", range(50, 0, -1)) == plan.order("ab", range(1, 51))

    def test_another_seed_draws_others(self) -> None:
        assert plan.order("ab", range(600))[:50] != plan.order("ac", range(600))[:50]
