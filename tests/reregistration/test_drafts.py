"""Saving a draft by sections: sums, two tabs, lost answers; many who submit at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Notice
from notices.states import Kind
from registry.calendar import ALMATY
from reregistration import drafts, filing, review
from reregistration.drafts import SavedElsewhere
from reregistration.models import Filing, Obligation
from reregistration.sections import remarks, saves
from reregistration.sections.sheet import Entry
from reregistration.sections.table import ALL, missing_parts
from reregistration.states import FilingKind, FilingState
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory

pytestmark = pytest.mark.usefixtures("in_english")

INCOME, CONTACTS, MANAGEMENT = ALL["income"], ALL["contacts"], ALL["management"]


def money(**amounts: Any) -> Entry:
    return Entry({}, {"none": False, "grants": [], **amounts})


def saved(draft: Filing, entry: Entry, at: datetime, **more: Any) -> Filing:
    by = more.pop("by", None) or UserFactory.create()
    section = more.pop("section", INCOME)
    return drafts.save_section(draft, section, entry, **{"revision": 0, **more}, by=by, at=at)


@pytest.mark.django_db
class TestSaveSection:
    def test_income_is_the_sum_of_its_sources(self, at: datetime) -> None:
        draft = FilingFactory.create(is_short=False)
        grants = [{"donor": "UN", "amount": "5.50"}]
        fresh = saved(draft, money(business="100.00", grants=grants), at)
        assert Filing.objects.get(pk=draft.pk).income == fresh.income == Decimal("105.50")

    def test_no_income_is_nil_and_nothing_said_is_nothing(self, at: datetime) -> None:
        draft = FilingFactory.create(is_short=False)
        assert saved(draft, money(none=True), at).income == 0
        assert saved(draft, money(), at, revision=1).income is None

    def test_the_same_again_changes_nothing(self, at: datetime) -> None:
        draft = FilingFactory.create()
        first = saved(draft, money(business="1.00"), at)
        again = saved(draft, money(business="1.00"), at)
        assert again.revision == first.revision

    def test_an_opened_page_that_was_overtaken_is_told(self, at: datetime) -> None:
        draft = FilingFactory.create()
        saved(draft, money(business="1.00"), at, tab="a")
        with pytest.raises(SavedElsewhere, match="at 12:00"):
            saved(draft, money(business="2.00"), at, tab="b")
        assert Filing.objects.get().income == 1

    def test_a_page_whose_answer_was_lost_saves_again(self, at: datetime) -> None:
        draft = FilingFactory.create()
        saved(draft, money(business="1.00"), at, tab="a")
        assert saved(draft, money(business="2.00"), at, tab="a").income == 2

    def test_a_submitted_filing_is_refused(self, at: datetime) -> None:
        with pytest.raises(Refused, match="submitted already"):
            saved(FilingFactory.create(submitted=True), money(), at)

    def test_saving_columns_at_once_counts_for_their_sections(
        self, alice: User, at: datetime
    ) -> None:
        draft = FilingFactory.create()
        fresh = filing.save(draft, {"email": "new@ngo.example"}, revision=1, by=alice, at=at)
        assert saves.last(fresh, "contacts").revision == 1
        assert saves.last(fresh, "income").revision == 0


class TestTwoTabs:
    @pytest.mark.usefixtures("real_commits")
    def test_two_sections_at_once_both_win(self, at: datetime) -> None:
        draft = FilingFactory.create()
        one = Entry({"phone": "+77020000000"}, {})
        other = Entry({"head_name": "Ахметова"}, {})
        one_behind_the_other(
            partial(saved, draft, one, at, section=CONTACTS),
            partial(saved, draft, other, at, section=MANAGEMENT),
        )
        fresh = Filing.objects.get()
        assert (fresh.phone, fresh.head_name, fresh.revision) == ("+77020000000", "Ахметова", 3)

    @pytest.mark.usefixtures("real_commits")
    def test_of_one_section_at_once_one_is_told(self, at: datetime) -> None:
        draft = FilingFactory.create()
        first, second = one_behind_the_other(
            partial(saved, draft, money(business="1.00"), at),
            partial(saved, draft, money(business="2.00"), at),
        )
        assert isinstance(first, Filing)
        assert isinstance(second, SavedElsewhere)


@pytest.mark.django_db
class TestWhatIsMissing:
    def test_the_full_form_asks_for_more_than_the_short_one(self) -> None:
        draft = FilingFactory.create(is_short=False)
        assert [part.name for _, part in missing_parts(draft)] == [
            "founders",
            "full_time",
            "none",
            "income",
            "spending",
        ]
        draft.is_short = True
        assert missing_parts(draft) == []

    def test_incomplete_it_protects_and_is_not_accepted(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create(income=None)
        with pytest.raises(Refused, match="still missing"):
            filing.submit(draft, by=alice, at=at)
        submitted = filing.submit(draft, by=alice, at=at, as_it_is=True)
        assert submitted.incomplete == ["income"]
        with pytest.raises(Refused, match="with parts missing"):
            review.accept(submitted, by=UserFactory.create(), at=at)

    def test_answers_of_another_form_are_not_submitted(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create(details={"income": {"business": "1.00"}})
        assert filing.submit(draft, by=alice, at=at).details == {}

    def test_the_fingerprint_holds_the_wording_that_was_declared(
        self, alice: User, at: datetime
    ) -> None:
        submitted = filing.submit(FilingFactory.create(), by=alice, at=at)
        assert submitted.declaration is not None
        assert submitted.declaration.sha256.encode() in filing.frozen(submitted)

    def test_a_large_organisation_on_the_short_form_is_remarked(self) -> None:
        draft = FilingFactory.create(employees=1, income=Decimal(4_325_000), spending=0)
        assert remarks.of_filing(draft) == []
        draft.employees = 2
        assert "above the limit" in remarks.of_filing(draft)[0]


@pytest.mark.django_db
def test_unchanged_confirms_what_the_register_holds(alice: User, at: datetime) -> None:
    draft = FilingFactory.create(name_ru="Набрано иначе")
    with pytest.raises(Refused, match="too little"):
        drafts.choose(draft, kind=FilingKind.UNCHANGED, is_short=True, by=alice, at=at)


@pytest.mark.usefixtures("real_commits")
def test_fifty_arrivals_in_the_last_second_are_all_on_time_and_one_after_it_is_late() -> None:
    alice = UserFactory.create()
    last_second = datetime(2026, 12, 1, 23, 59, 59, tzinfo=ALMATY)
    first = ObligationFactory.create()
    owed = [first, *(ObligationFactory.create(campaign=first.campaign) for _ in range(50))]
    waiting = [FilingFactory.create(obligation=row) for row in owed]
    for group in range(0, 50, 10):
        calls = [
            partial(filing.submit, draft, by=alice, at=last_second)
            for draft in waiting[group : group + 10]
        ]
        assert all(isinstance(outcome, Filing) for outcome in together(*calls))
    filing.submit(waiting[50], by=alice, at=last_second + timedelta(seconds=1))
    assert Obligation.objects.filter(on_time=True).count() == 50
    assert Obligation.objects.get(on_time=False).pk == owed[50].pk


@pytest.mark.usefixtures("real_commits")
def test_fifty_clicks_at_once_make_one_filing(at: datetime) -> None:
    alice, draft = UserFactory.create(), FilingFactory.create()
    outcomes = together(*[partial(filing.submit, draft, by=alice, at=at)] * 50)
    submitted = Filing.objects.get(state=FilingState.SUBMITTED)
    assert {outcome.number for outcome in outcomes} == {submitted.number}
    assert Notice.objects.filter(kind=Kind.RECEIPT).count() == 1
