"""The referral file: who may have one, what it says, and that it is kept to the byte."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import verify
from notices.models import IssuedDocument, NoticeText
from registry import seals, uploads
from registry.models import StoredFile
from registry.uploads import uploads_storage
from reregistration import appeals, holds
from reregistration.marking import reversal, rule
from reregistration.models import EvidenceItem, Obligation, Referral
from reregistration.referral import evidence, file
from reregistration.referral.content import HELD
from reregistration.referral.evidence import Found
from reregistration.states import (
    LIVE_REFERRALS,
    REFERRAL_ALLOWED,
    AnswerOutcome,
    EvidenceKind,
    ReferralState,
)
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.referrals import (
    LAST_VISIT_ON,
    READY_ON,
    ObjectionFactory,
    ReceivingBodyFactory,
    absent,
    act,
    ground_of,
    letter_came_back,
    log_absence,
    prepared,
    somebody_was_found,
)
from tests.factories.registry import ClaimFactory, SignOfLifeFactory
from tests.factories.reregistration import FilingFactory, mark_made, noon
from tests.notices.documents.pdfs import claims, opened, says, text_of
from tests.reregistration.referral.test_grounds import reach

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[3] / "docs" / "referral-file.md"
AT = noon(READY_ON)


def against(row: Obligation, code: str = "absence", on: date = READY_ON) -> str:
    fresh = Obligation.objects.select_related("campaign", "organisation").get(pk=row.pk)
    return " ".join(file.reasons_against(fresh, ground_of(code), on))


def said(referral: Referral) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(uploads.read(referral.content))
    return found


def a_complaint(row: Obligation) -> None:
    appeals.complain(row, text="Мы здесь.", by=UserFactory.create(), at=AT - timedelta(days=1))


def a_draft(row: Obligation) -> None:
    FilingFactory.create(obligation=row)


def a_claim(row: Obligation) -> None:
    ClaimFactory.create(organisation=row.organisation)


def a_sign_of_life(row: Obligation) -> None:
    SignOfLifeFactory.create(organisation=row.organisation, from_on=date(2027, 1, 1), until_on=None)


def a_hold(row: Obligation) -> None:
    holds.begin(
        row.campaign,
        obligation=row,
        reason="Пожар",
        by=staff_member(Role.CAMPAIGN_MANAGER),
        on=READY_ON,
        at=AT,
    )


def a_reversal(row: Obligation) -> None:
    reversal.reverse(
        row.marks.get(), by=staff_member(Role.CAMPAIGN_MANAGER), at=AT, ground="Ошибка"
    )


class TestWho:
    def test_an_absent_organisation_after_the_term(self) -> None:
        assert against(absent()) == ""

    @pytest.mark.parametrize(
        ("happen", "sentence"),
        [
            (a_complaint, "Its complaint has not been decided"),
            (a_draft, "It has begun a filing"),
            (a_claim, "the claim is not decided"),
            (a_sign_of_life, "a sign that it lives"),
            (a_hold, "Its dates are held"),
            (a_reversal, "No mark stands"),
            (reach, "never referred"),
        ],
    )
    def test_nobody_of_whom_anything_is_open(
        self, happen: Callable[[Obligation], None], sentence: str
    ) -> None:
        row = absent()
        happen(row)
        assert sentence in against(row)
        with pytest.raises(Refused, match=sentence):
            prepared(row)
        assert not Referral.objects.exists()

    def test_nobody_before_the_term_for_a_complaint_is_over(self) -> None:
        row = absent()
        ends_on = appeals.complaint_term_ends_on(row)
        assert ends_on
        assert "term for a complaint ends on" in against(row, on=ends_on)
        assert "term for a complaint" not in against(row, on=ends_on + timedelta(days=1))

    def test_nobody_whose_notice_of_the_mark_was_not_served(self) -> None:
        made = mark_made()
        letter_came_back(made)
        log_absence(made)
        assert "no term runs" in against(made.obligation)

    def test_nobody_with_evidence_missing(self) -> None:
        row = absent()
        ground_of("absence").demands.filter(kind=EvidenceKind.OFFICERS_SEARCH).update(minimum=2)
        assert against(row) == "There are 1 of at least 2."

    def test_nobody_on_an_administrative_ground_nor_on_one_not_in_force(self) -> None:
        row = absent()
        assert "never to the court" in against(row, "not_submitted")
        assert "not in force" in against(row, "silence")

    def test_nobody_to_a_body_that_is_not_in_charge_there(self) -> None:
        body = ReceivingBodyFactory.create(until_on=READY_ON)
        with pytest.raises(Refused, match="takes no files from that region"):
            prepared(body=body)

    def test_nobody_who_answered_is_absent_even_if_the_answer_was_dismissed(self) -> None:
        row = absent()
        a_complaint(row)
        appeals.decide(
            row.complaints.get(),
            outcome=AnswerOutcome.DISMISSED,
            decision="Не подтвердилось.",
            by=staff_member(Role.SENIOR_REVIEWER),
            at=AT,
        )
        assert "It has answered: complaint" in against(row)

    def test_who_answered_in_an_earlier_cycle_may_have_one_that_says_so(self) -> None:
        row = absent()
        ObjectionFactory.create(obligation=row)
        assert against(row) == ""
        text = text_of(uploads.read(prepared(row, language="ru").file))
        assert "Не подтвердилось." in text

    def test_nobody_of_whom_somebody_was_found(self) -> None:
        row = absent()
        somebody_was_found(row, on=LAST_VISIT_ON)
        assert "Somebody of it was found: search for the founders" in against(row)
        with pytest.raises(Refused, match="never referred"):
            prepared(row)


class TestOnce:
    def test_a_second_click_gets_the_file_that_is_live(self) -> None:
        body, row = ReceivingBodyFactory.create(), absent()
        assert prepared(row, body=body) == prepared(row, body=body)
        assert Referral.objects.count() == IssuedDocument.objects.filter(kind="referral").count()

    def test_another_is_refused_as_long_as_one_is_live(self) -> None:
        row = absent()
        prepared(row)
        with pytest.raises(Refused, match="is live"):
            prepared(row)

    def test_the_database_holds_that_one_is_live(self) -> None:
        first = prepared()
        again = {
            field.name: getattr(first, field.name)
            for field in Referral._meta.fields
            if field.name not in ("id", "number", "document")
        }
        document = IssuedDocument.objects.create(
            number="D-9999999",
            kind="referral",
            organisation=first.obligation.organisation,
            issued_on=READY_ON,
            sha256="a" * 64,
        )
        with pytest.raises(IntegrityError, match="referral_one_live"), transaction.atomic():
            Referral.objects.create(number="D-9999999", document=document, **again)


class TestDropping:
    def test_another_can_follow(self, by: User) -> None:
        row = absent()
        first = file.drop(prepared(row), by=by, at=AT, reason="Опечатка в акте.")
        assert (first.state, first.ended_by) == (ReferralState.DROPPED, by)
        assert file.drop(first, by=by, at=AT, reason="Ещё раз.").end_reason == "Опечатка в акте."
        assert prepared(row).number != first.number

    def test_needs_a_reason(self, by: User) -> None:
        with pytest.raises(Refused, match="the reason is kept"):
            file.drop(prepared(), by=by, at=AT, reason="")

    @pytest.mark.parametrize("state", ReferralState)
    def test_is_for_what_was_not_sent(self, by: User, state: ReferralState) -> None:
        referral = prepared()
        ended = {} if state in LIVE_REFERRALS else {"ended_at": AT, "end_reason": "Суд."}
        Referral.objects.filter(pk=referral.pk).update(state=state, **ended)
        may = ReferralState.DROPPED in REFERRAL_ALLOWED[state] or state == ReferralState.DROPPED
        try:
            file.drop(referral, by=by, at=AT, reason="Опечатка.")
        except Refused:
            assert not may
        else:
            assert may


class TestFile:
    def test_is_kept_to_the_byte_and_its_line_binds_it(self) -> None:
        referral = prepared()
        pdf, told = uploads.read(referral.file), uploads.read(referral.content)
        assert hashlib.sha256(pdf).hexdigest() == referral.sha256 == referral.file.sha256
        assert hashlib.sha256(told).hexdigest() == referral.content_sha256
        assert referral.document.sha256 == referral.content_sha256
        assert referral.file.scan == StoredFile.Scan.MADE_HERE
        assert told == file.canonical(json.loads(told))

    def test_is_archival_accessible_and_holds_every_paper(self) -> None:
        row = absent()
        referral = prepared(row)
        made = uploads.read(referral.file)
        pdf = pikepdf.open(BytesIO(made))
        assert claims(made) == {
            "pdfaid:part": "3",
            "pdfaid:conformance": "U",
            "pdfuaid:part": "1",
        }
        acts = [row for row in said(referral)["evidence"] if row["paper"]]
        names = [f"{referral.number}.json", *(row["paper"]["attached_as"] for row in acts)]
        assert sorted(pdf.attachments) == sorted(names)
        assert len(acts) == 2
        for one in acts:
            held = pdf.attachments[one["paper"]["attached_as"]].get_file().read_bytes()
            assert hashlib.sha256(held).hexdigest() == one["paper"]["sha256"]
        inside = pdf.attachments[names[0]].get_file().read_bytes()
        assert inside == uploads.read(referral.content)
        kinds = {str(named.UF): str(named.AFRelationship) for named in _associated(pdf)}
        assert kinds.pop(names[0]) == "/Data"
        assert set(kinds.values()) == {"/Supplement"}

    def test_has_its_number_and_fingerprint_at_the_foot_of_each_page(self) -> None:
        referral = prepared(language="ru")
        pages = text_of(uploads.read(referral.file)).count(referral.content_sha256)
        assert pages >= len(opened(uploads.read(referral.file)).pages)

    @pytest.mark.parametrize("language", ["kk", "ru"])
    def test_says_whose_it_is_on_which_ground_and_that_only_the_court_decides(
        self, language: str
    ) -> None:
        row = absent()
        pdf = uploads.read(prepared(row, language=language).file)
        ground = ground_of("absence")
        name = getattr(row.organisation, f"name_{language}")
        for told in (name, getattr(ground, f"article_{language}"), row.organisation.number):
            assert says(pdf, told)
        for notice in row.organisation.notices.filter(source=row.source):
            assert says(pdf, notice.number)
        for words in EvidenceItem.objects.values_list("text__words", flat=True):
            assert says(pdf, words)

    def test_is_in_the_language_of_the_organisation_s_letters(self) -> None:
        assert said(prepared())["language"] == "kk"

    def test_demands_name_the_numbers_of_their_evidence(self) -> None:
        told = said(prepared())
        by_kind = {demand["kind"]: demand["met_by"] for demand in told["ground"]["demands"]}
        assert by_kind == {
            "letter_returned": [1],
            "site_visit": [2, 3],
            "founders_search": [4],
            "officers_search": [5],
            "lasting": [1, 3],
        }
        assert [row["number"] for row in told["evidence"]] == [1, 2, 3, 4, 5]

    def test_covers_codes_and_personal_numbers(self) -> None:
        row = absent()
        ObjectionFactory.create(
            obligation=row, text="Мой ИИН 880101300010.", decision="ИИН 880101300010 не наш."
        )
        holds.begin(
            row.campaign,
            obligation=row,
            reason="Пожар у 880101300010",
            by=staff_member(Role.CAMPAIGN_MANAGER),
            on=READY_ON,
            at=AT,
        )
        holds.end(row.holds.get(), by=staff_member(Role.CAMPAIGN_MANAGER), on=READY_ON, at=AT)
        evidence.log(
            row.organisation,
            Found(
                EvidenceKind.OTHER,
                LAST_VISIT_ON,
                "Справка.",
                file=act("справка 880101300010.pdf"),
            ),
            by=staff_member(Role.REVIEWER),
            at=AT,
        )
        notice = row.organisation.notices.filter(source=row.source).earliest("pk")
        NoticeText.objects.filter(pk=notice.pk).update(body="Код 7K4M-9QXD-2HTC")
        referral = prepared(row)
        text = uploads.read(referral.content).decode()
        assert "880101300010" not in text
        assert "7K4M-9QXD-2HTC" not in text
        # A court may be given the organisation's own number.
        assert row.organisation.bin is None or row.organisation.bin in text

    def test_names_each_condition_of_the_rule_that_held(self) -> None:
        row = absent()
        codes = {condition.code for condition in rule.conditions(row.campaign, READY_ON)}
        assert codes == set(HELD)
        told = said(prepared(row))["mark"]["conditions"]
        assert {one["code"] for one in told} == codes
        assert not codes & {one["label"] for one in told}

    def test_tells_what_speaks_for_the_organisation(self) -> None:
        row = absent()
        somebody_was_found(row, on=date(2027, 2, 1))
        Obligation.objects.filter(pk=row.pk).update(cycle_began_on=date(2027, 2, 2))
        SignOfLifeFactory.create(
            organisation=row.organisation, from_on=date(2027, 1, 20), resolved=True
        )
        lines = said(prepared(row, language="ru"))["chronology"]
        told = "\n".join(f"{line['at']} {line['what']} {line['detail']}" for line in lines)
        sign = row.organisation.signs_of_life.get()
        assert "2027-02-01" in told
        assert "обещал представить сведения" in told
        assert "2027-01-20" in told
        assert sign.resolution in told

    def test_quotes_its_lines_with_proofs_that_hold(self) -> None:
        row = absent()
        seals.seal(at=AT)
        ledger = said(prepared(row))["ledger"]
        tables = {one["table"] for one in ledger}
        assert tables >= {
            "reregistration_mark",
            "reregistration_obligationevent",
            "reregistration_evidenceitem",
            "notices_notice",
            "notices_service",
            "notices_issueddocument",
        }
        for one in ledger:
            assert seals.leaf_hash(one["line"].encode()).hex() == one["leaf"]
            checked = seals.check(json.dumps(one["proof"]))
            assert (checked.problem, checked.leaf) == ("", one["leaf"])

    def test_says_which_lines_are_not_sealed_yet(self) -> None:
        ledger = said(prepared())["ledger"]
        assert {one["proof"] for one in ledger} == {None}

    def test_words_of_evidence_lead_to_the_commitment_in_their_line(self) -> None:
        told = said(prepared())
        lines = [
            json.loads(one["line"])["row"]
            for one in told["ledger"]
            if one["table"] == "reregistration_evidenceitem"
        ]
        committed = {line["words_hash"] for line in lines}
        for one in told["evidence"]:
            if one["words_salt"]:
                hashed = hashlib.sha256(bytes.fromhex(one["words_salt"]) + one["words"].encode())
                assert hashed.hexdigest() in committed

    def test_is_confirmed_by_the_page_that_confirms_documents(self) -> None:
        referral = prepared()
        assert verify.normalised(referral.number.lower()) == referral.number
        found = verify.issued(referral.number)
        assert found == referral.document

    def test_a_lost_or_changed_paper_is_refused(self) -> None:
        row = absent()
        stored = EvidenceItem.objects.filter(file__isnull=False).earliest("pk").file
        assert stored
        uploads_storage().delete(stored.path)
        with pytest.raises(Refused, match="is lost or changed"):
            prepared(row)
        assert not IssuedDocument.objects.filter(kind="referral").exists()

    def test_papers_too_large_for_a_mailbox_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(file, "LARGEST", 100)
        with pytest.raises(Refused, match="come to more than"):
            prepared()

    def test_every_field_of_it_is_documented(self) -> None:
        row = absent()
        seals.seal(at=AT)
        ObjectionFactory.create(obligation=row)
        documented = set(re.findall(r"`([a-z0-9_]+)`", DOCS.read_text()))
        told = said(prepared(row))
        del told["mark"]["facts"]
        for one in told["ledger"]:
            del one["proof"]
        assert _keys(told) - documented == set()


def _associated(pdf: pikepdf.Pdf) -> list[Any]:
    return list(pdf.Root.AF)


def _keys(held: Any) -> set[str]:
    if isinstance(held, dict):
        return set(held) | {key for value in held.values() for key in _keys(value)}
    if isinstance(held, list):
        return {key for value in held for key in _keys(value)}
    return set()


@pytest.fixture
def by() -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)
