"""The papers of a draft: one or a reason, never after submission, carried into the next version."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from reregistration import attachments, filing, review
from reregistration.models import Attachment, Filing
from reregistration.states import AttachmentKind, FilingKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.reregistration import CampaignFactory, FilingFactory

CHARTER, POWERS, OTHER = (
    AttachmentKind.CHARTER,
    AttachmentKind.HEAD_POWERS,
    AttachmentKind.OTHER,
)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def draft(db: None) -> Filing:
    made: Filing = FilingFactory.create(is_short=False)
    return made


class TestAttaching:
    def test_a_kind_may_have_several_papers(self, draft: Filing, alice: User, at: datetime) -> None:
        for sign in "ab":
            page = StoredFileFactory.create(sha256=sign * 64)
            attachments.attach(draft, CHARTER, page, by=alice, at=at)
        assert draft.attachments.filter(kind=CHARTER).count() == 2

    def test_the_same_content_twice_is_one_paper(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        one, again = (
            attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
            for _ in range(2)
        )
        assert one == again
        assert draft.attachments.count() == 1

    def test_the_same_content_may_be_two_kinds(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        stored = StoredFileFactory.create()
        for kind in (CHARTER, POWERS):
            attachments.attach(draft, kind, stored, by=alice, at=at)
        assert draft.attachments.count() == 2

    def test_a_paper_takes_the_place_of_the_reason_of_its_kind_alone(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        for kind in (CHARTER, POWERS):
            attachments.say_why_not(draft, kind, "Lost in a flood.", by=alice, at=at)
        attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        assert [(row.kind, bool(row.file_id)) for row in draft.attachments.order_by("kind")] == [
            (CHARTER, True),
            (POWERS, False),
        ]

    def test_there_are_no_more_than_the_limit(
        self, draft: Filing, alice: User, at: datetime, settings: Settings
    ) -> None:
        settings.UPLOADS_AT_MOST = 2
        for sign in "ab":
            page = StoredFileFactory.create(sha256=sign * 64)
            attachments.attach(draft, OTHER, page, by=alice, at=at)
        third = StoredFileFactory.create(sha256="c" * 64)
        with pytest.raises(Refused, match="2 files at most"):
            attachments.attach(draft, OTHER, third, by=alice, at=at)


class TestSayingWhyNot:
    def test_a_second_reason_takes_the_place_of_the_first(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        for reason in ("Lost.", "  Lost in a flood.  "):
            attachments.say_why_not(draft, CHARTER, reason, by=alice, at=at)
        assert draft.attachments.get().absent_reason == "Lost in a flood."

    def test_nothing_is_no_reason(self, draft: Filing, alice: User, at: datetime) -> None:
        with pytest.raises(Refused, match="in a few words"):
            attachments.say_why_not(draft, CHARTER, " \n", by=alice, at=at)

    def test_what_is_attached_is_not_absent(self, draft: Filing, alice: User, at: datetime) -> None:
        attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        with pytest.raises(Refused, match="attached already"):
            attachments.say_why_not(draft, CHARTER, "Lost.", by=alice, at=at)


class TestRemoving:
    def test_a_second_click_finds_nothing(self, draft: Filing, alice: User, at: datetime) -> None:
        row = attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        assert [attachments.remove(draft, row.pk) for _ in range(2)] == [True, False]

    def test_another_filings_paper_is_not_reached(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        other = FilingFactory.create()
        row = attachments.attach(other, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        assert not attachments.remove(draft, row.pk)
        assert other.attachments.exists()


class TestTheDatabase:
    @pytest.mark.parametrize("reason", ["", "Lost."])
    def test_a_row_is_a_file_or_a_reason(
        self, draft: Filing, alice: User, at: datetime, reason: str
    ) -> None:
        stored = StoredFileFactory.create() if reason else None
        with pytest.raises(IntegrityError, match="file_or_a_reason"), transaction.atomic():
            Attachment.objects.create(
                filing=draft, kind=CHARTER, file=stored, absent_reason=reason, by=alice, at=at
            )

    def test_a_submitted_filings_papers_stay(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        filing.submit(draft, by=alice, at=at, as_it_is=True)
        for change in (
            lambda: draft.attachments.update(kind=OTHER),
            lambda: draft.attachments.all().delete(),
            lambda: Attachment.objects.create(
                filing=draft, kind=OTHER, absent_reason="x", by=alice, at=at
            ),
        ):
            with pytest.raises(IntegrityError, match="is submitted"), transaction.atomic():
                change()


class TestSubmission:
    def test_every_verb_refuses_after_it(self, draft: Filing, alice: User, at: datetime) -> None:
        row = attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        filing.submit(draft, by=alice, at=at, as_it_is=True)
        stored = StoredFileFactory.create(sha256="b" * 64)
        for verb in (
            partial(attachments.attach, draft, OTHER, stored, by=alice, at=at),
            partial(attachments.say_why_not, draft, POWERS, "Lost.", by=alice, at=at),
            partial(attachments.remove, draft, row.pk),
        ):
            with pytest.raises(Refused, match="submitted: its papers stay"):
                verb()

    def test_the_fingerprint_covers_papers_and_reasons(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        attachments.say_why_not(draft, POWERS, "Being renewed.", by=alice, at=at)
        filed = filing.submit(draft, by=alice, at=at, as_it_is=True)
        assert json.loads(filing.frozen(filed))["attachments"] == [
            {"kind": "charter", "sha256": "a" * 64},
            {"kind": "head_powers", "absent_reason": "Being renewed."},
        ]
        assert filing.fingerprint(filed) == filed.sha256

    def test_without_papers_it_goes_through(self, draft: Filing, alice: User, at: datetime) -> None:
        assert attachments.missing(draft) == ["charter", "head_powers"]
        filed = filing.submit(draft, by=alice, at=at, as_it_is=True)
        assert "attachments" not in json.loads(filing.frozen(filed))

    def test_the_next_version_has_the_papers_of_the_one_before(
        self, draft: Filing, alice: User, at: datetime
    ) -> None:
        row = attachments.attach(draft, CHARTER, StoredFileFactory.create(), by=alice, at=at)
        attachments.say_why_not(draft, POWERS, "Being renewed.", by=alice, at=at)
        filed = filing.submit(draft, by=alice, at=at, as_it_is=True)
        review.return_for_correction(
            filed, reasons=["other"], by=staff_member(Role.REVIEWER), at=at
        )
        again = filing.start(draft.obligation, by=UserFactory.create(), at=at)
        carried = again.attachments.get(kind=CHARTER)
        assert (carried.file, carried.by, carried.at) == (row.file, alice, row.at)
        assert again.attachments.get(kind=POWERS).absent_reason == "Being renewed."
        assert attachments.remove(again, carried.pk)
        assert filed.attachments.count() == 2


class TestWhatIsAsked:
    def test_it_is_the_campaigns_data(self, alice: User, at: datetime) -> None:
        draft = FilingFactory.create(
            obligation__campaign=CampaignFactory.create(attachment_kinds=[CHARTER, "statement"]),
            is_short=False,
        )
        assert attachments.missing(draft) == ["charter", "statement"]
        attachments.say_why_not(draft, CHARTER, "Lost.", by=alice, at=at)
        assert attachments.missing(draft) == ["statement"]

    @pytest.mark.parametrize("kind", [FilingKind.CLOSED, FilingKind.NOT_AN_NGO])
    def test_a_closed_organisation_is_asked_for_none(self, draft: Filing, kind: str) -> None:
        draft.kind = kind
        assert attachments.missing(draft) == []
