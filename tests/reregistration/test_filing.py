"""Starting, saving and submitting a filing: once, on time, and never lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from accounts.refusals import Refused
from notices.models import IssuedDocument, Notice
from notices.states import DispatchState, DocumentKind, Kind
from registry.calendar import ALMATY
from registry.models import ActivityArea, Contact
from reregistration import filing, obligations
from reregistration.models import Filing, Obligation
from reregistration.sections.columns import ANSWERS, answers_of
from reregistration.states import MAY_FILE, FilingState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.factories.reregistration import (
    FilingFactory,
    ObligationFactory,
    noon,
    notify,
    obligation_in,
)
from tests.reregistration.assertions import assert_states_equal_the_log

# What the short form must have, whose answers are all columns.
REQUIRED = tuple(name for name in ANSWERS if name not in {"name_en", "email", "phone"})

pytestmark = pytest.mark.usefixtures("in_english")

# Another answer to each question of the form.
OTHER_ANSWERS: dict[str, Any] = {
    "name_kk": "«Жаңа Үміт» қоғамдық қоры",
    "name_ru": "Общественный фонд «Новая надежда»",
    "name_en": "New Hope",
    "address": "ул. Сатпаева, д. 2",
    "head_name": "Ахметова Айгүл",
    "email": "new@ngo.example",
    "phone": "+77020000000",
    "employees": 7,
    "volunteers": 70,
    "activity_areas": ["2"],
    "income": Decimal("5.50"),
    "spending": Decimal("4.25"),
}


class TestStart:
    def test_twice_gives_one_draft(self, alice: User, at: datetime) -> None:
        obligation = ObligationFactory.create()
        first = filing.start(obligation, by=alice, at=at)
        assert filing.start(obligation, by=alice, at=at) == first
        assert Filing.objects.get().version == 1

    def test_a_second_start_keeps_what_was_saved(self, alice: User, at: datetime) -> None:
        obligation = ObligationFactory.create()
        draft = filing.start(obligation, by=alice, at=at)
        filing.save(draft, {"address": "ул. Сатпаева, д. 2"}, revision=1, by=alice, at=at)
        assert filing.start(obligation, by=alice, at=at).address == "ул. Сатпаева, д. 2"

    @pytest.mark.usefixtures("real_commits")
    def test_in_two_tabs_at_once_gives_one_draft(self, at: datetime) -> None:
        alice, obligation = UserFactory.create(), ObligationFactory.create()
        first, second = one_behind_the_other(
            lambda: filing.start(obligation, by=alice, at=at),
            lambda: filing.start(obligation, by=alice, at=at),
        )
        assert first == second == Filing.objects.get()

    def test_is_prefilled_from_the_register(self, alice: User, at: datetime) -> None:
        organisation = OrganisationFactory.create(
            name_en="Hope", employees=3, volunteers=40, head_name="Өтегенов Ержан"
        )
        organisation.activity_areas.set(ActivityArea.objects.filter(pk__in=["1", "3"]))
        ContactFactory.create(organisation=organisation, value="office@hope.example")
        ContactFactory.create(
            organisation=organisation, kind=Contact.Kind.PHONE, value="+77011234567"
        )
        draft = filing.start(ObligationFactory.create(organisation=organisation), by=alice, at=at)
        assert answers_of(Filing.objects.get(pk=draft.pk)) == {
            "name_kk": organisation.name_kk,
            "name_ru": organisation.name_ru,
            "name_en": "Hope",
            "address": "ул. Абая, д. 1",
            "head_name": "Өтегенов Ержан",
            "email": "office@hope.example",
            "phone": "+77011234567",
            "employees": 3,
            "volunteers": 40,
            "activity_areas": ["1", "3"],
            "income": None,
            "spending": None,
        }

    @pytest.mark.parametrize(
        "trait",
        [
            {"is_usable": False},
            {"retired_at": datetime(2026, 8, 1, tzinfo=UTC)},
        ],
        ids=["unusable", "replaced"],
    )
    def test_is_not_prefilled_with_an_address_that_is_of_no_use(
        self, trait: dict[str, Any], alice: User, at: datetime
    ) -> None:
        obligation = ObligationFactory.create()
        ContactFactory.create(organisation=obligation.organisation, **trait)
        assert filing.start(obligation, by=alice, at=at).email == ""

    def test_is_prefilled_though_the_register_is_longer_than_the_form(
        self, alice: User, at: datetime
    ) -> None:
        organisation = OrganisationFactory.create(head_name="Өтегенов " * 30)
        draft = filing.start(ObligationFactory.create(organisation=organisation), by=alice, at=at)
        assert draft.head_name == ("Өтегенов " * 30)[:200]

    def test_after_a_return_is_prefilled_from_the_last_filing(
        self, alice: User, at: datetime
    ) -> None:
        returned = FilingFactory.create(
            submitted=True,
            obligation=ObligationFactory.create(returned=True),
            state=FilingState.RETURNED,
            address="ул. Сатпаева, д. 2",
        )
        draft = filing.start(returned.obligation, by=alice, at=at)
        assert answers_of(draft) == answers_of(returned)
        assert (draft.version, draft.state, draft.number) == (2, FilingState.DRAFT, None)

    @pytest.mark.parametrize("state", sorted(set(State) - MAY_FILE))
    def test_is_refused_where_nothing_can_be_filed(
        self, state: State, alice: User, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="Nothing can be filed now"):
            filing.start(obligation_in(state), by=alice, at=at)
        assert not Filing.objects.exists()


class TestSave:
    def test_writes_the_answers_and_counts_the_save(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create()
        saved = filing.save(draft, OTHER_ANSWERS, revision=1, by=alice, at=at)
        assert answers_of(saved) == OTHER_ANSWERS
        assert (saved.revision, saved.saved_by, saved.saved_at) == (2, alice, at)

    def test_a_stale_revision_is_refused_and_nothing_is_overwritten(
        self, alice: User, at: datetime
    ) -> None:
        draft = FilingFactory.create()
        filing.save(draft, {"employees": 5}, revision=1, by=alice, at=at)
        with pytest.raises(Refused, match="saved in another window at 12:00"):
            filing.save(draft, {"employees": 9, "volunteers": 9}, revision=1, by=alice, at=at)
        draft.refresh_from_db()
        assert (draft.employees, draft.volunteers, draft.revision) == (5, 10, 2)

    @pytest.mark.usefixtures("real_commits")
    def test_of_two_saves_at_once_one_is_refused(self, at: datetime) -> None:
        alice, draft = UserFactory.create(), FilingFactory.create()
        first, second = one_behind_the_other(
            lambda: filing.save(draft, {"employees": 5}, revision=1, by=alice, at=at),
            lambda: filing.save(draft, {"employees": 9}, revision=1, by=alice, at=at),
        )
        assert isinstance(first, Filing)
        assert isinstance(second, Refused)
        assert Filing.objects.get().employees == 5

    def test_a_submitted_filing_is_not_changed_any_more(self, alice: User, at: datetime) -> None:
        submitted = FilingFactory.create(submitted=True)
        with pytest.raises(Refused, match="submitted already"):
            filing.save(submitted, {"employees": 9}, revision=1, by=alice, at=at)
        submitted.refresh_from_db()
        assert submitted.employees == 2

    @pytest.mark.parametrize("name", ["state", "number", "obligation_id", "sha256"])
    def test_only_answers_can_be_saved(self, name: str, alice: User, at: datetime) -> None:
        with pytest.raises(ValueError, match="Not answers of the form"):
            filing.save(FilingFactory.create(), {name: "1"}, revision=1, by=alice, at=at)


class TestMissing:
    @pytest.mark.parametrize("name", REQUIRED)
    def test_each_required_answer_is_named_and_stops_the_submission(
        self, name: str, alice: User, at: datetime
    ) -> None:
        empty: Any = {"activity_areas": []}.get(
            name, None if name in {"employees", "volunteers", "income", "spending"} else ""
        )
        draft = FilingFactory.create(**{name: empty})
        assert filing.missing(draft) == [name]
        with pytest.raises(Refused, match="answers are still missing"):
            filing.submit(draft, by=alice, at=at)
        assert Obligation.objects.get().state == State.DUE
        assert Filing.objects.get().state == FilingState.DRAFT

    @pytest.mark.django_db
    def test_neither_email_nor_phone_is_missing_an_address(self) -> None:
        assert filing.missing(FilingFactory.create(email="", phone="")) == ["email"]

    @pytest.mark.parametrize("name", ["name_en", "email", "phone"])
    @pytest.mark.django_db
    def test_these_may_be_empty(self, name: str) -> None:
        assert filing.missing(FilingFactory.create(**{name: ""})) == []

    @pytest.mark.parametrize("name", ["employees", "volunteers", "income", "spending"])
    @pytest.mark.django_db
    def test_nil_is_an_answer(self, name: str) -> None:
        assert filing.missing(FilingFactory.create(**{name: 0})) == []


class TestSubmit:
    def test_moves_the_obligation_and_freezes_the_answers(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create()
        submitted = filing.submit(draft, by=alice, at=at)
        assert (submitted.state, submitted.submitted_at, submitted.submitted_by) == (
            FilingState.SUBMITTED,
            at,
            alice,
        )
        assert submitted.number is not None
        obligation = Obligation.objects.get()
        assert (obligation.state, obligation.first_filed_at) == (State.FILED, at)
        event = obligation.events.get(to_state=State.FILED)
        assert (event.by, event.reason) == (alice, f"filing {submitted.number}")
        assert_states_equal_the_log()

    def test_twice_gives_one_filing_and_one_receipt(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create()
        first = filing.submit(draft, by=alice, at=at)
        second = filing.submit(draft, by=alice, at=at + timedelta(seconds=1))
        assert (second.number, second.submitted_at) == (first.number, at)
        assert Filing.objects.count() == 1
        assert Notice.objects.filter(kind=Kind.RECEIPT).count() == 1
        assert IssuedDocument.objects.filter(kind=DocumentKind.RECEIPT).count() == 1
        assert Obligation.objects.get().events.filter(to_state=State.FILED).count() == 1

    def test_the_receipt_names_number_and_fingerprint(self, alice: User, at: datetime) -> None:
        submitted = filing.submit(FilingFactory.create(), by=alice, at=at)
        receipt = Notice.objects.select_related("text").get(kind=Kind.RECEIPT)
        assert receipt.occasion == submitted.number
        assert str(submitted.number) in receipt.text.body
        assert submitted.sha256 in receipt.text.body
        document = IssuedDocument.objects.get(kind=DocumentKind.RECEIPT)
        assert (document.number, document.sha256, document.issued_on) == (
            submitted.number,
            submitted.sha256,
            at.date(),
        )

    @pytest.mark.usefixtures("real_commits")
    def test_twenty_clicks_at_once_make_one(self, at: datetime) -> None:
        alice, draft = UserFactory.create(), FilingFactory.create()
        outcomes = together(*[lambda: filing.submit(draft, by=alice, at=at)] * 20)
        assert {outcome.number for outcome in outcomes} == {Filing.objects.get().number}
        assert Notice.objects.filter(kind=Kind.RECEIPT).count() == 1
        assert Obligation.objects.get().events.count() == 2
        assert_states_equal_the_log()

    def test_a_corrected_filing_supersedes_without_a_move(self, alice: User, at: datetime) -> None:
        first = filing.submit(FilingFactory.create(), by=alice, at=at)
        later = at + timedelta(days=1)
        draft = filing.start(first.obligation, by=alice, at=later)
        draft = filing.save(draft, {"employees": 3}, revision=1, by=alice, at=later)
        second = filing.submit(draft, by=alice, at=later)
        first.refresh_from_db()
        assert (first.state, second.state) == (FilingState.SUPERSEDED, FilingState.SUBMITTED)
        assert (first.employees, second.employees) == (2, 3)
        assert first.number != second.number
        obligation = Obligation.objects.get()
        assert (obligation.state, obligation.first_filed_at) == (State.FILED, at)
        assert obligation.events.filter(to_state=State.FILED).count() == 1
        assert Notice.objects.filter(kind=Kind.RECEIPT).count() == 2
        assert_states_equal_the_log()

    @pytest.mark.parametrize("state", sorted(MAY_FILE))
    def test_is_possible_wherever_filing_is(self, state: State, alice: User, at: datetime) -> None:
        obligation = obligation_in(state)
        draft = FilingFactory.create(obligation=obligation)
        filing.submit(draft, by=alice, at=at)
        obligation.refresh_from_db()
        assert obligation.state == State.FILED
        assert obligation.first_filed_at is not None
        assert_states_equal_the_log()

    @pytest.mark.parametrize("state", [State.MARKED, State.REFERRED])
    def test_takes_the_organisation_out_of_the_process_at_once(
        self, state: State, alice: User, at: datetime
    ) -> None:
        obligation = obligation_in(state)
        assert obligation.organisation.standings.get().in_process
        filing.submit(FilingFactory.create(obligation=obligation), by=alice, at=at)
        standing = obligation.organisation.standings.get()
        assert (standing.state, standing.in_process) == (State.FILED, False)

    @pytest.mark.parametrize("state", sorted(set(State) - MAY_FILE))
    def test_is_refused_with_a_sentence_elsewhere(
        self, state: State, alice: User, at: datetime
    ) -> None:
        draft = FilingFactory.create(obligation=obligation_in(state))
        with pytest.raises(Refused, match=r"Nothing can be filed now: .+ Write to the ministry\."):
            filing.submit(draft, by=alice, at=at)
        assert Filing.objects.get().state == FilingState.DRAFT
        assert not Notice.objects.exists()

    @pytest.mark.parametrize(
        ("arrival", "on_time"),
        [
            (datetime(2026, 12, 1, 23, 59, 59, tzinfo=ALMATY), True),
            (datetime(2026, 12, 2, 0, 0, 0, tzinfo=ALMATY), False),
            (datetime(2026, 12, 1, 18, 59, 59, tzinfo=UTC), True),
            (datetime(2026, 12, 1, 19, 0, 0, tzinfo=UTC), False),
        ],
    )
    def test_the_arrival_decides_whether_it_is_on_time(
        self, arrival: datetime, on_time: bool, alice: User
    ) -> None:
        filing.submit(FilingFactory.create(), by=alice, at=arrival)
        obligation = Obligation.objects.get()
        assert obligation.on_time is on_time
        assert obligation.organisation.standings.get().on_time is on_time

    def test_a_later_due_date_of_its_own_counts(self, alice: User) -> None:
        obligation = ObligationFactory.create(due_on=date(2026, 12, 15))
        arrival = datetime(2026, 12, 10, 12, tzinfo=ALMATY)
        filing.submit(FilingFactory.create(obligation=obligation), by=alice, at=arrival)
        assert Obligation.objects.get().on_time is True


class TestFingerprint:
    @pytest.mark.django_db
    def test_is_the_hash_of_the_canonical_text(self) -> None:
        draft = FilingFactory.create(
            **OTHER_ANSWERS,
            state=FilingState.SUBMITTED,
            number="F-0000012",
            submitted_at=datetime(2026, 9, 15, 12, 0, tzinfo=ALMATY),
            sha256="0" * 64,
            details={"year": {"note": "жоқ"}},
            incomplete=["spending"],
        )
        canonical = (
            '{"answers":{"activity_areas":["2"],"address":"ул. Сатпаева, д. 2",'
            '"email":"new@ngo.example","employees":7,"head_name":"Ахметова Айгүл",'
            '"income":"5.50","name_en":"New Hope","name_kk":"«Жаңа Үміт» қоғамдық қоры",'
            '"name_ru":"Общественный фонд «Новая надежда»","phone":"+77020000000",'
            '"spending":"4.25","volunteers":70},"declaration":null,'
            '"details":{"year":{"note":"жоқ"}},"incomplete":["spending"],"is_short":true,'
            '"kind":"details","number":"F-0000012",'
            '"submitted_at":"2026-09-15T07:00:00+00:00"}'
        )
        assert filing.fingerprint(draft) == hashlib.sha256(canonical.encode()).hexdigest()

    def test_can_be_computed_again_from_what_is_stored(self, alice: User, at: datetime) -> None:
        submitted = filing.submit(FilingFactory.create(), by=alice, at=at)
        assert filing.fingerprint(Filing.objects.get()) == submitted.sha256

    @pytest.mark.parametrize("name", ANSWERS)
    @pytest.mark.django_db
    def test_changes_with_every_answer(self, name: str) -> None:
        draft = FilingFactory.create()
        before = filing.fingerprint(draft)
        setattr(draft, name, OTHER_ANSWERS[name])
        assert filing.fingerprint(draft) != before

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: setattr(row, "number", "F-9999999"),
            lambda row: setattr(row, "submitted_at", row.submitted_at + timedelta(seconds=1)),
        ],
        ids=["number", "moment"],
    )
    @pytest.mark.django_db
    def test_changes_with_number_and_moment(self, change: Callable[[Filing], None]) -> None:
        submitted = FilingFactory.create(submitted=True)
        before = filing.fingerprint(submitted)
        change(submitted)
        assert filing.fingerprint(submitted) != before


def test_a_filing_and_a_mark_in_the_same_instant_always_end_filed(
    real_commits: None, at: datetime
) -> None:
    alice = UserFactory.create()

    def mark(row: Obligation) -> Obligation:
        return obligations.move(row, State.MARKED, by=None, at=at)

    for _ in range(30):
        draft = FilingFactory.create(obligation=obligation_in(State.OVERDUE))
        submitted, marked = together(
            partial(filing.submit, draft, by=alice, at=at),
            partial(mark, draft.obligation),
        )
        assert isinstance(submitted, Filing)
        # Either it came first and was cured, or it came second and was refused.
        assert isinstance(marked, Obligation | Refused)
        assert Obligation.objects.get(pk=draft.obligation_id).state == State.FILED
    assert_states_equal_the_log()


@pytest.mark.parametrize("filing_first", [True, False])
def test_neither_order_of_a_filing_and_a_mark_leaves_it_marked(
    real_commits: None, at: datetime, filing_first: bool
) -> None:
    alice = UserFactory.create()
    draft = FilingFactory.create(obligation=obligation_in(State.OVERDUE))

    def submit() -> Filing:
        return filing.submit(draft, by=alice, at=at)

    def mark() -> Obligation:
        return obligations.move(draft.obligation, State.MARKED, by=None, at=at)

    calls = (submit, mark) if filing_first else (mark, submit)
    outcomes = dict(zip(calls, one_behind_the_other(*calls), strict=True))
    assert isinstance(outcomes[submit], Filing)
    assert isinstance(outcomes[mark], Refused if filing_first else Obligation)
    assert Obligation.objects.get().state == State.FILED
    assert_states_equal_the_log()


@pytest.mark.django_db
def test_a_warning_that_still_waits_is_held_back_when_the_organisation_files(alice: User) -> None:
    on = date(2026, 12, 16)
    row = ObligationFactory.create(overdue=True)
    warning = notify(row, Kind.FINAL_WARNING, on=on)
    filing.submit(FilingFactory.create(obligation=row), by=alice, at=noon(on))
    letters = warning.dispatches.all()
    assert {letter.state for letter in letters} == {DispatchState.SUPPRESSED}
    assert "has filed" in letters[0].failure
