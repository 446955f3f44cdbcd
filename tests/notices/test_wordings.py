from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from accounts.refusals import Refused
from notices import templates, wordings
from notices.meanings import MEANINGS
from notices.models import NoticeTemplate
from notices.sentences import required
from notices.states import ADVERSE, DECISIONS, Kind
from notices.templates import LANGUAGES
from notices.variables import (
    COMMON,
    OF_A_DECISION,
    REQUIRED,
    REQUIRED_IN_SMS,
    SECRETS,
    VARIABLES,
    WITH_SMS,
    allowed,
)
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory

ALL = [(kind, language) for kind in Kind.values for language in LANGUAGES]


@pytest.fixture
def bob(db: None) -> User:
    """Bob works beside Alice at the ministry, whatever else she does."""
    return UserFactory.create(email="bob@ministry.example")


def shipped(kind: Kind = Kind.REMINDER, language: str = "en") -> NoticeTemplate:
    return NoticeTemplate.objects.get(kind=kind, language=language, version=1)


def words_of(
    at: datetime, kind: Kind = Kind.REMINDER, language: str = "en", **changes: Any
) -> dict[str, Any]:
    """The words of the version that came with the portal, in force from a week later."""
    row = shipped(kind, language)
    words = {"subject": row.subject, "body": row.body, "sms": row.sms}
    return {**words, "effective_from_at": at + timedelta(days=7), **changes}


def draft(
    by: User, at: datetime, kind: Kind = Kind.REMINDER, language: str = "en", **changes: Any
) -> NoticeTemplate:
    return wordings.draft(kind, language, by=by, at=at, **words_of(at, kind, language, **changes))


class TestTheTables:
    def test_every_variable_has_its_meaning_and_no_other_has_one(self) -> None:
        assert set(MEANINGS) == COMMON.union(*VARIABLES.values())

    def test_what_is_required_is_allowed(self) -> None:
        assert [kind for kind in Kind.values if not REQUIRED[kind] <= allowed(kind)] == []
        assert not REQUIRED_IN_SMS & SECRETS

    @pytest.mark.parametrize("kind", [*ADVERSE, Kind.ANNOUNCEMENT, Kind.OVERDUE])
    def test_a_legal_letter_names_its_base_its_body_and_its_day(self, kind: Kind) -> None:
        assert {"campaign", "body", "legal_base", "due_on", "number"} <= REQUIRED[kind]

    @pytest.mark.parametrize("kind", DECISIONS)
    def test_a_decision_letter_requires_ground_signatory_remedy_term_and_place(
        self, kind: Kind
    ) -> None:
        five = {"legal_base", "signatory", "remedy", "remedy_term", "file_to"}
        assert five == OF_A_DECISION
        assert five <= REQUIRED[kind]

    @pytest.mark.django_db
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", DECISIONS)
    def test_every_decision_letter_in_force_names_all_five(
        self, kind: Kind, language: str, at: datetime
    ) -> None:
        row = templates.rows_in_force(at).get(kind=kind, language=language)
        row.effective_from_at = at
        assert wordings.faults(row, at=at) == []
        assert [name for name in OF_A_DECISION if f"{{{{ {name} }}}}" not in row.body] == []

    @pytest.mark.django_db
    @pytest.mark.parametrize(("kind", "language"), ALL)
    def test_what_came_with_the_portal_would_be_approved(
        self, kind: str, language: str, at: datetime
    ) -> None:
        row = NoticeTemplate.objects.get(kind=kind, language=language)
        row.effective_from_at = at
        assert wordings.faults(row, at=at) == []


@pytest.mark.django_db
class TestDraft:
    def test_it_has_the_next_number_and_is_not_in_force(self, alice: User, at: datetime) -> None:
        made = draft(alice, at, subject="Hello")
        assert (made.version, made.drafted_by, made.drafted_at) == (2, alice, at)
        assert made.approved_at is None
        later = at + timedelta(days=30)
        assert templates.rows_in_force(later).get(kind="reminder", language="en").version == 1

    def test_the_same_again_is_the_same_draft(self, alice: User, at: datetime) -> None:
        day = at + timedelta(days=7)
        again = draft(alice, at + timedelta(minutes=1), effective_from_at=day)
        assert draft(alice, at, effective_from_at=day) == again
        assert draft(alice, at, subject="Other").version == 3

    def test_lines_end_in_one_way(self, alice: User, at: datetime) -> None:
        made = draft(alice, at, subject=" a\r\nb ", body="\r\none\r\n\r\ntwo\r\n", sms="x\r\ny")
        assert (made.subject, made.body, made.sms) == ("a b", "one\n\ntwo\n", "x y")

    @pytest.mark.parametrize("changes", [{"subject": " "}, {"body": "\n"}])
    def test_without_subject_or_text_it_is_refused(
        self, alice: User, at: datetime, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused, match="needs a subject and a text"):
            draft(alice, at, **changes)


@pytest.mark.django_db
class TestRedraft:
    def test_whoever_changes_a_draft_is_its_drafter(
        self, alice: User, bob: User, at: datetime
    ) -> None:
        made = draft(alice, at)
        changed = wordings.redraft(made, by=bob, at=at, **words_of(at, subject="New"))
        assert (changed.pk, changed.subject, changed.drafted_by) == (made.pk, "New", bob)
        with pytest.raises(Refused, match="Another person approves"):
            wordings.approve(made, by=bob, at=at)
        assert wordings.approve(made, by=alice, at=at).approved_by == alice

    def test_twice_is_once(self, alice: User, at: datetime) -> None:
        made = draft(alice, at)
        for _ in range(2):
            wordings.redraft(made, by=alice, at=at, **words_of(at, subject="New"))
        assert NoticeTemplate.objects.filter(kind="reminder", language="en").count() == 2

    def test_an_approved_version_is_refused(self, alice: User, bob: User, at: datetime) -> None:
        made = wordings.approve(draft(alice, at), by=bob, at=at)
        with pytest.raises(Refused, match="Draft a new version"):
            wordings.redraft(made, by=alice, at=at, **words_of(at))

    def test_a_discarded_draft_is_refused(self, alice: User, at: datetime) -> None:
        made = draft(alice, at)
        wordings.discard(made, by=alice, at=at)
        with pytest.raises(Refused, match="discarded"):
            wordings.redraft(made, by=alice, at=at, **words_of(at))


@pytest.mark.django_db
class TestApprove:
    def test_it_is_in_force_from_its_day(self, alice: User, bob: User, at: datetime) -> None:
        made = wordings.approve(draft(alice, at), by=bob, at=at)
        assert (made.approved_by, made.approved_at) == (bob, at)
        day = made.effective_from_at
        key = ("reminder", "en")
        before = templates.in_force(day - timedelta(seconds=1), kinds=["reminder"])
        assert before[key].template_id == shipped().pk
        assert templates.in_force(day, kinds=["reminder"])[key].template_id == made.pk

    def test_of_two_the_one_whose_day_came_last_is_in_force(
        self, alice: User, bob: User, at: datetime
    ) -> None:
        late = draft(alice, at, effective_from_at=at + timedelta(days=20))
        soon = draft(alice, at, effective_from_at=at + timedelta(days=10))
        for made in (late, soon):
            wordings.approve(made, by=bob, at=at)
        asked = {"kind": "reminder", "language": "en"}
        assert templates.rows_in_force(at + timedelta(days=15)).get(**asked) == soon
        assert templates.rows_in_force(at + timedelta(days=25)).get(**asked) == late

    def test_the_drafter_is_refused(self, alice: User, at: datetime) -> None:
        with pytest.raises(Refused, match="Another person approves"):
            wordings.approve(draft(alice, at), by=alice, at=at)

    def test_the_database_refuses_the_drafter_too(self, alice: User, at: datetime) -> None:
        made = draft(alice, at)
        with pytest.raises(IntegrityError, match="template_approved_by_another"):
            NoticeTemplate.objects.filter(pk=made.pk).update(approved_by=alice, approved_at=at)

    def test_twice_is_once(self, alice: User, bob: User, at: datetime) -> None:
        made = draft(alice, at)
        wordings.approve(made, by=bob, at=at)
        again = wordings.approve(made, by=bob, at=at + timedelta(hours=1))
        assert again.approved_at == at

    def test_words_that_changed_while_they_were_read_are_refused(
        self, alice: User, bob: User, at: datetime
    ) -> None:
        made = draft(alice, at)
        read = wordings.fingerprint(made)
        wordings.redraft(made, by=alice, at=at, **words_of(at, subject="New"))
        with pytest.raises(Refused, match="Read it again"):
            wordings.approve(made, by=bob, at=at, read=read)
        made.refresh_from_db()
        assert wordings.approve(made, by=bob, at=at, read=wordings.fingerprint(made)).approved_at

    def test_a_day_that_has_passed_is_refused(self, alice: User, bob: User, at: datetime) -> None:
        made = draft(alice, at, effective_from_at=at)
        with pytest.raises(Refused, match="name a later day"):
            wordings.approve(made, by=bob, at=at + timedelta(seconds=1))

    @pytest.mark.parametrize(
        ("kind", "gone"),
        [
            (kind, name)
            for kind in (Kind.ANNOUNCEMENT, Kind.MARKED, Kind.RETURNED)
            for name in sorted(REQUIRED[kind])
        ],
    )
    def test_without_a_required_variable_it_is_refused_and_told_which(
        self, alice: User, bob: User, at: datetime, kind: Kind, gone: str
    ) -> None:
        body = shipped(kind).body.replace(f"{{{{ {gone} }}}}", "…")
        made = draft(alice, at, kind, body=body)
        with pytest.raises(Refused, match="Missing") as refusal:
            wordings.approve(made, by=bob, at=at)
        assert f"{{{{ {gone} }}}} — {MEANINGS[gone]}" in str(refusal.value)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("gone", sorted(OF_A_DECISION))
    @pytest.mark.parametrize("kind", DECISIONS)
    def test_a_decision_letter_that_lacks_one_of_the_five_is_refused_and_told_which(
        self, alice: User, bob: User, at: datetime, kind: Kind, gone: str, language: str
    ) -> None:
        body = shipped(kind, language).body.replace(f"{{{{ {gone} }}}}", "…")
        made = draft(alice, at, kind, language, body=body)
        with pytest.raises(Refused) as refusal:
            wordings.approve(made, by=bob, at=at)
        assert str(refusal.value) == (
            "A decision letter names the legal ground, who decided, the remedy, its term and where "
            f"to file. Missing: {{{{ {gone} }}}} — {MEANINGS[gone]}."
        )
        made.refresh_from_db()
        assert made.approved_at is None

    def test_what_else_a_decision_letter_lacks_is_told_apart(
        self, alice: User, bob: User, at: datetime
    ) -> None:
        made = draft(alice, at, Kind.MARKED, body="Nothing.")
        with pytest.raises(Refused) as refusal:
            wordings.approve(made, by=bob, at=at)
        first, second, *_ = str(refusal.value).split("Missing: ")[1:]
        assert [name for name in OF_A_DECISION if f"{{{{ {name} }}}}" not in first] == []
        assert "{{ marked_on }}" in second

    def test_all_that_is_missing_is_named_at_once(
        self, alice: User, bob: User, at: datetime
    ) -> None:
        made = draft(alice, at, Kind.MARKED, body="Nothing.", sms="Nothing.")
        with pytest.raises(Refused) as refusal:
            wordings.approve(made, by=bob, at=at)
        told = str(refusal.value)
        assert [name for name in REQUIRED[Kind.MARKED] if f"{{{{ {name} }}}}" not in told] == []
        assert all(sentence in told for sentence in required(Kind.MARKED, "en"))

    @pytest.mark.parametrize(
        "wrapped",
        [
            "{%% if note %%}%s{%% endif %%}",
            "{%% if number %%}.{%% else %%}%s{%% endif %%}",
        ],
    )
    def test_a_variable_that_is_shown_only_at_times_counts_as_missing(
        self, alice: User, bob: User, at: datetime, wrapped: str
    ) -> None:
        body = shipped(Kind.RETURNED).body.replace("{{ due_on }}", wrapped % "{{ due_on }}")
        with pytest.raises(Refused, match="due_on"):
            wordings.approve(draft(alice, at, Kind.RETURNED, body=body), by=bob, at=at)

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"subject": "{{ password }}"}, "uses password"),
            ({"body": "{{ number|upper }}"}, "uses number|upper"),
            ({"sms": "{{ secret }}"}, "uses secret"),
            ({"body": "{% if number %}"}, "cannot be read"),
            ({"body": "{% if number %}{% else %}{% else %}{% endif %}"}, "cannot be read"),
            ({"sms": ""}, "Write the SMS"),
            ({"sms": "Come."}, "The SMS must say more"),
            ({"sms": "{{ number }} {{ portal_url }} " + "Қ" * 200}, "too long"),
            ({"body": "\N{SNOWMAN}\N{PILE OF POO}"}, "U+1F4A9"),
        ],
    )
    def test_what_nobody_could_read_or_send_is_refused(
        self, alice: User, bob: User, at: datetime, changes: dict[str, Any], told: str
    ) -> None:
        made = draft(alice, at, **changes)
        with pytest.raises(Refused) as refusal:
            wordings.approve(made, by=bob, at=at)
        assert told in str(refusal.value)

    @pytest.mark.parametrize("part", ["subject", "sms"])
    def test_what_a_locked_phone_shows_holds_no_code(
        self, alice: User, bob: User, at: datetime, part: str
    ) -> None:
        words = {part: "{{ number }} {{ portal_url }} {{ claim_code }}"}
        made = draft(alice, at, Kind.CLAIM_CODE, **words)
        with pytest.raises(Refused, match="uses claim_code"):
            wordings.approve(made, by=bob, at=at)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", ADVERSE)
    def test_an_adverse_letter_without_the_sentence_on_the_court_is_refused(
        self, alice: User, bob: User, at: datetime, kind: Kind, language: str
    ) -> None:
        _state, court = required(kind, language)
        body = shipped(kind, language).body.replace(court, "")
        with pytest.raises(Refused, match=court):
            wordings.approve(draft(alice, at, kind, language, body=body), by=bob, at=at)

    def test_a_proposal_that_came_with_the_portal_is_refused(
        self, alice: User, at: datetime
    ) -> None:
        words = words_of(at)
        proposal = NoticeTemplate.objects.create(kind="reminder", language="en", version=2, **words)
        for refused in (
            lambda: wordings.approve(proposal, by=alice, at=at),
            lambda: wordings.redraft(proposal, by=alice, at=at, **words),
            lambda: wordings.discard(proposal, by=alice, at=at),
        ):
            with pytest.raises(Refused, match="draft a new version from it"):
                refused()


@pytest.mark.django_db
class TestDiscard:
    def test_a_draft_is_gone_and_stays_gone(self, alice: User, at: datetime) -> None:
        made = draft(alice, at)
        for _ in range(2):
            wordings.discard(NoticeTemplate(pk=made.pk), by=alice, at=at)
        assert not NoticeTemplate.objects.filter(pk=made.pk).exists()

    def test_an_approved_version_is_refused(self, alice: User, bob: User, at: datetime) -> None:
        made = wordings.approve(draft(alice, at), by=bob, at=at)
        with pytest.raises(Refused, match="never changes"):
            wordings.discard(made, by=alice, at=at)


@pytest.mark.django_db
class TestTheTrigger:
    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "overdue"},
            {"language": "kk"},
            {"version": 9},
            {"subject": "x"},
            {"body": "x"},
            {"sms": "x"},
            {"effective_from_at": datetime(2030, 1, 1, tzinfo=UTC)},
            {"drafted_by": None},
            {"approved_by": None},
            {"approved_at": None},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_an_approved_version_is_never_changed(
        self, alice: User, bob: User, at: datetime, change: dict[str, Any]
    ) -> None:
        made = wordings.approve(draft(alice, at), by=bob, at=at)
        with pytest.raises(DatabaseError, match="is approved: UPDATE is refused"):
            NoticeTemplate.objects.filter(pk=made.pk).update(**change)

    def test_an_approved_version_is_never_deleted(self) -> None:
        with (
            pytest.raises(DatabaseError, match="is approved: DELETE is refused"),
            transaction.atomic(),
        ):
            NoticeTemplate.objects.filter(kind="reminder").delete()
        assert NoticeTemplate.objects.filter(kind="reminder").count() == 3


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_two_people_who_draft_get_two_numbers(self, at: datetime) -> None:
        first, second = (UserFactory.create() for _ in range(2))
        made = one_behind_the_other(lambda: draft(first, at), lambda: draft(second, at))
        assert [row.version for row in made] == [2, 3]

    def test_of_two_people_who_approve_the_first_is_kept(self, at: datetime) -> None:
        drafter, first, second = (UserFactory.create() for _ in range(3))
        made = draft(drafter, at)
        outcomes = one_behind_the_other(
            lambda: wordings.approve(made, by=first, at=at),
            lambda: wordings.approve(made, by=second, at=at),
        )
        assert [row.approved_by for row in outcomes] == [first, first]

    def test_what_is_reworded_meanwhile_is_not_approved(self, at: datetime) -> None:
        drafter, reader = (UserFactory.create() for _ in range(2))
        made = draft(drafter, at)
        read = wordings.fingerprint(made)
        assert read == wordings.fingerprint(NoticeTemplate.objects.get(pk=made.pk))
        words = words_of(at, subject="New")
        _changed, refusal = one_behind_the_other(
            lambda: wordings.redraft(made, by=drafter, at=at, **words),
            lambda: wordings.approve(made, by=reader, at=at, read=read),
        )
        # In a thread of its own it speaks the portal's first language.
        assert isinstance(refusal, Refused)
        read = wordings.fingerprint(NoticeTemplate.objects.get(pk=made.pk))
        assert wordings.approve(made, by=reader, at=at, read=read).subject == "New"


def test_every_kind_that_goes_by_sms_has_one() -> None:
    for kind in WITH_SMS:
        for language in LANGUAGES:
            assert "\nSMS: " in (templates.TEXTS / f"{kind}.{language}.txt").read_text()
