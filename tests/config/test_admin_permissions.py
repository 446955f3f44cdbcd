"""Who may open or do what in the admin? Every page and verb for every role, from the one table.

What is expected is computed from accounts/roles.py alone. A page or verb that is not named here
fails, so that a new one cannot come without its permission.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models, transaction
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.admin_exports import ExportsMixin
from accounts.models import User
from accounts.roles import PERMISSIONS, Role
from grants.models import CallQuestion
from notices import pauses, waves, wordings
from notices.models import Wave
from notices.states import Channel, Kind
from registry.models import Organisation
from reregistration import appeals, holds, questions
from reregistration.marking import mark, rounds
from reregistration.models import CampaignDecision, Filing, Mark, SavedAnswer
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.grants import (
    CallFactory,
    EvaluationFactory,
    ExclusionFindingFactory,
    ParticipantFactory,
    ProtocolFactory,
    ReportFactory,
)
from tests.factories.hearings import HearingSlotFactory
from tests.factories.paper import typed
from tests.factories.referrals import (
    CourtDecisionFactory,
    EvidenceItemFactory,
    ReceivingBodyFactory,
    ReferralFactory,
    ReferralWithdrawalFactory,
    drafted,
)
from tests.factories.registry import (
    ClaimFactory,
    ImportJobFactory,
    RepresentativeFactory,
    SignOfLifeFactory,
)
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    ObligationFactory,
    authorised_round,
    clean_filing,
    liquidable_obligation,
    noon,
)
from tests.reregistration.desk import signed_in

pytestmark = pytest.mark.django_db

OUR_APPS = ("accounts", "registry", "notices", "reregistration", "grants", "public")
# What Django and unfold give every model, and a row's document, which who may read the row may
# read too; all else is a verb.
STANDARD = {"changelist", "add", "change", "delete", "history", "autocomplete", "document"}
EXPORTS = ("export_csv", "export_xlsx")
# The permission of each verb beside the standard pages, and what it is posted with.
VERBS: dict[str, tuple[str, dict[str, Any]]] = {
    "reregistration_filing_accept": ("reregistration.review", {}),
    "reregistration_filing_return": ("reregistration.review", {"reasons": ["other"]}),
    "reregistration_filing_return-again": ("reregistration.review_again", {"reasons": ["other"]}),
    "reregistration_filing_propose-refusal": (
        "reregistration.review",
        {"ground": "1", "words": "Устав подделан"},
    ),
    "reregistration_filing_confirm-refusal": ("reregistration.confirm_refusal", {"proposal": "1"}),
    "reregistration_filing_propose-reopening": (
        "reregistration.review",
        {"words": "Выписка не та"},
    ),
    "reregistration_filing_confirm-reopening": (
        "reregistration.confirm_reopening",
        {"proposal": "1"},
    ),
    "reregistration_filing_verify": ("reregistration.review", {"note": "Проверено"}),
    "reregistration_filing_take": ("reregistration.review", {}),
    "reregistration_filing_take-next": ("reregistration.review", {}),
    "reregistration_filing_give-back": ("reregistration.review", {}),
    "reregistration_filing_assign": ("reregistration.assign_filing", {"to": "1"}),
    "reregistration_filing_contradict": ("reregistration.review", {"text": "Не так"}),
    "reregistration_obligation_more-time": (
        "reregistration.grant_extension",
        {"days": "10", "ground": "Приказ № 1", "cycle": "1"},
    ),
    **{
        f"reregistration_{model}_decide": (
            "reregistration.decide_appeal",
            {"outcome": "upheld", "decision": "Да"},
        )
        for model in ("objection", "complaint", "hearing")
    },
    # The days that one may be given come with the page; a slot that there is not is refused.
    "reregistration_hearing_set": ("reregistration.hold_hearing", {"slot": "1"}),
    "reregistration_hearing_move": ("reregistration.hold_hearing", {"slot": "1", "reason": "x"}),
    "reregistration_hearing_minutes": (
        "reregistration.hold_hearing",
        {"present": "Асель", "text": "Да"},
    ),
    "reregistration_hearing_absence": ("reregistration.hold_hearing", {"text": "Час"}),
    "reregistration_hearingslot_withdraw": ("reregistration.hold_hearing", {}),
    "reregistration_question_answer": ("reregistration.answer_question", {"text": "Да"}),
    "reregistration_question_close": ("reregistration.answer_question", {}),
    "reregistration_campaign_open": (
        "reregistration.manage_campaign",
        {"ground": "Приказ № 1"},
    ),
    "reregistration_campaign_move-due-date": (
        "reregistration.manage_campaign",
        {"ground": "Приказ № 1", "due_on": "2090-06-15"},
    ),
    "reregistration_campaign_add-cohort": (
        "reregistration.manage_campaign",
        {"bin_digits": ["1"], "due_on": "2090-06-15"},
    ),
    "reregistration_campaign_remove-cohort": ("reregistration.manage_campaign", {"cohort": "1"}),
    "reregistration_campaign_take-in": (
        "reregistration.manage_campaign",
        {"ground": "Приказ № 1"},
    ),
    "reregistration_campaign_release-left": (
        "reregistration.manage_campaign",
        {"ground": "Приказ № 1"},
    ),
    "reregistration_campaign_close": (
        "reregistration.manage_campaign",
        {"ground": "Приказ № 1"},
    ),
    "reregistration_markinground_dry-run": ("reregistration.manage_marking", {}),
    "reregistration_markinground_draw": ("reregistration.manage_marking", {}),
    "reregistration_markinground_check": ("reregistration.check_marking", {}),
    "reregistration_markinground_sign": ("reregistration.sign_marking", {}),
    "reregistration_markinground_stop": (
        "reregistration.stop_marking",
        {"reason": "Ошибка"},
    ),
    "reregistration_roundcandidate_take-out": (
        "reregistration.manage_marking",
        {"reason": "Ошибка"},
    ),
    "reregistration_mark_reverse": (
        "reregistration.manage_marking",
        {"reason": "mistake", "ground": "Ошибка"},
    ),
}
VERBS |= {
    "reregistration_campaign_pace": (
        "reregistration.manage_campaign",
        {"wave_size": "100", "wave_pause_minutes": "30"},
    ),
    "notices_wave_stop": ("notices.manage_sending", {"reason": "Ошибка"}),
    "notices_wave_resume": ("notices.manage_sending", {}),
    "notices_pause_end": ("notices.manage_sending", {}),
    # To read alone: posted to, it refuses.
    "notices_wave_forecast": ("notices.view_wave", {}),
    "registry_claim_accept": ("registry.decide_claim", {"note": ""}),
    "registry_claim_refuse": ("registry.decide_claim", {"note": "Нет приказа"}),
    "registry_signoflife_resolve": ("registry.resolve_signoflife", {"reason": "Пусто"}),
    "notices_dispatch_resend": ("notices.manage_sending", {"reason": "Ошибка", "seen": "0"}),
    "notices_dispatch_hold-back": ("notices.manage_sending", {"reason": "Ошибка", "seen": "0"}),
    "notices_receiptfile_bring": ("notices.bring_receipts", {}),
}
VERBS |= {
    "reregistration_paperfiling_form": (
        "reregistration.type_paper",
        {"kind": "details", "size": "full"},
    ),
    "reregistration_paperfiling_type": ("reregistration.type_paper", {"employees": "3"}),
    "reregistration_paperfiling_finish": ("reregistration.type_paper", {}),
    "reregistration_paperfiling_confirm": ("reregistration.type_paper", {"revision": "2"}),
    "reregistration_paperfiling_send-back": ("reregistration.type_paper", {"reason": "Доход"}),
    "reregistration_paperfiling_drop": ("reregistration.type_paper", {"reason": "Ошибка"}),
    "reregistration_paperfiling_decide": (
        "reregistration.decide_appeal",
        {"outcome": "upheld", "decision": "Да"},
    ),
}
VERBS |= {
    "reregistration_hold_end": ("reregistration.manage_campaign", {}),
    "reregistration_obligation_hold": ("reregistration.grant_extension", {"reason": "Пожар"}),
}
VERBS |= {
    "notices_noticetemplate_draft": (
        "notices.write_template",
        {"subject": "С", "body": "Т", "effective_from_on": "2090-06-15"},
    ),
    "notices_noticetemplate_redraft": (
        "notices.write_template",
        {"subject": "С", "body": "Т", "effective_from_on": "2090-06-15"},
    ),
    "notices_noticetemplate_approve": ("notices.approve_template", {"read": ""}),
    "notices_noticetemplate_discard": ("notices.write_template", {}),
    # To read, so that a posted one is refused to everybody.
    "notices_noticetemplate_preview": ("notices.view_noticetemplate", {}),
    "notices_noticetemplate_letter": ("notices.view_noticetemplate", {}),
}
VERBS |= {
    "reregistration_referralcase_log-evidence": (
        "reregistration.log_evidence",
        {"kind": "founders_search", "on": "2027-03-01", "words": "Не найдены"},
    ),
    "reregistration_referralcase_prepare": ("reregistration.prepare_referral", {}),
    "reregistration_evidenceitem_replace": (
        "reregistration.log_evidence",
        {"kind": "other", "on": "2027-03-01", "words": "Не найдены"},
    ),
    "reregistration_evidenceitem_strike": ("reregistration.log_evidence", {"reason": "Ошибка"}),
    "reregistration_referralschedule_sign": (
        "reregistration.sign_schedule",
        {"content_hash": "0" * 64},
    ),
    "reregistration_referralschedule_strike": (
        "reregistration.manage_schedule",
        {"line": 1, "reason": "Ошибка"},
    ),
    "reregistration_referralschedule_discard": (
        "reregistration.manage_schedule",
        {"reason": "Ошибка"},
    ),
    "reregistration_referralwithdrawal_acknowledge": (
        "reregistration.acknowledge_withdrawal",
        {"reference": "17-2/88"},
    ),
    "reregistration_referral_court": (
        "reregistration.record_court_decision",
        {"kind": "liquidate", "court": "Суд", "case_number": "1"},
    ),
    "reregistration_courtdecision_confirm": ("reregistration.record_court_decision", {}),
    "reregistration_referral_drop": ("reregistration.prepare_referral", {"reason": "Ошибка"}),
}
VERBS |= {
    # To read alone: posted to, it refuses.
    "registry_organisation_quality": ("registry.view_organisation", {}),
    "registry_organisation_merge": (
        "registry.merge_organisation",
        {"other": "R-0000001", "ground": "Одна организация"},
    ),
    "registry_organisation_undo-merge": ("registry.merge_organisation", {"ground": "Ошибка"}),
    "registry_organisation_successor": (
        "registry.merge_organisation",
        {"other": "R-0000001", "ground": "Слияние"},
    ),
    "registry_organisation_withdraw-successor": (
        "registry.merge_organisation",
        {"ground": "Ошибка"},
    ),
}
VERBS |= {
    # To read alone: posted to, it refuses.
    "reregistration_obligation_as-seen": ("reregistration.see_as_organisation", {}),
    "reregistration_obligation_log-call": (
        "reregistration.log_call",
        {"caller": "Асель", "about": ["other"], "said": "Спросила о сроке"},
    ),
    # What may be sent comes with the page; a letter that there is not is refused.
    "reregistration_obligation_resend-code": (
        "notices.resend_code",
        {"dispatch": "1", "reason": "Звонок"},
    ),
    "grants_participant_find": (
        "grants.manage_participant",
        {"exclusion": "arrest", "is_met": "yes", "evidence": "Суд", "on": "2026-09-01"},
    ),
    "grants_participant_remove": ("grants.manage_participant", {"reason": "Ошибка"}),
    **{
        f"grants_call_{verb}": ("grants.manage_call", {"ground": "Приказ № 1"})
        for verb in ("open", "close", "cancel")
    },
    "grants_call_attach": ("grants.manage_call", {"title": "Форма"}),
    "grants_call_detach": ("grants.manage_call", {"document": "1"}),
    "grants_call_extend": (
        "grants.manage_call",
        {"ground": "Приказ № 1", "closes_at_0": "2090-06-15", "closes_at_1": "18:30"},
    ),
    "grants_callquestion_answer": (
        "grants.answer_callquestion",
        dict.fromkeys(("question_kk", "question_ru", "answer_kk", "answer_ru"), "Да"),
    ),
    "grants_call_evaluate": ("grants.manage_call", {"ground": "Приказ № 1"}),
    **{
        f"grants_call_{verb}": (
            "grants.draft_protocol",
            {"held_on": "2026-09-01", "present": "Асель"},
        )
        for verb in ("score", "decide")
    },
    "grants_application_check": ("grants.check_application", {"outcome": "admit"}),
    "grants_application_assign": ("grants.assign_evaluation", {"reviewer": "1"}),
    "grants_application_award": ("grants.manage_award", {}),
    "grants_application_pass_over": ("grants.manage_award", {"reason": "Ошибка"}),
    "grants_evaluation_declare": ("grants.evaluate", {"has_conflict": "no"}),
    "grants_evaluation_score": ("grants.evaluate", {"words": "Да"}),
    "grants_evaluation_lock": ("grants.evaluate", {}),
    "grants_evaluation_take_away": ("grants.assign_evaluation", {"reason": "Болен"}),
    "grants_protocol_sign": ("grants.sign_protocol", {}),
    "grants_protocol_strike": ("grants.sign_protocol", {"reason": "Ошибка"}),
    **{
        f"grants_award_{verb}": ("grants.manage_award", {"reason": "Ошибка"})
        for verb in ("lapse", "suspend", "resume", "terminate", "complete")
    },
    "grants_award_plan": (
        "grants.record_payment",
        {"amount_0": "5000000", "due_on_0": "2026-11-10"},
    ),
    "grants_award_pay": (
        "grants.record_payment",
        {"instalment": "1", "order_number": "1", "paid_on": "2026-09-01"},
    ),
    "grants_award_take_back": (
        "grants.record_payment",
        {"amount": "1", "received_on": "2026-09-01", "reference": "1"},
    ),
    "grants_award_demand": (
        "grants.manage_award",
        {"amount": "1", "due_on": "2090-09-01", "ground": "Акт"},
    ),
    "grants_award_ask": (
        "grants.manage_award",
        {"from_on": "2026-11-02", "until_on": "2027-01-31", "due_on": "2090-02-10"},
    ),
    "grants_report_accept": ("grants.review_report", {}),
    "grants_report_send_back": ("grants.review_report", {"words": "Нет чеков"}),
}
VERBS |= {
    "registry_importjob_commit": ("registry.add_importjob", {}),
    "registry_importjob_undo": ("registry.add_importjob", {"ground": "Не тот файл"}),
    # To read alone: posted to, it refuses.
    "registry_importjob_progress": ("registry.view_importjob", {}),
}
# Desks whose every verb must be in the table.
OF_VERBS = ("reregistration.", "notices.admin.templates")
# Addresses that give a file out; the tests of their pages ask who may have it.
DOWNLOADS = {
    "registry_claim_document",
    "registry_importjob_refused",
    "reregistration_filing_file",
    "reregistration_filing_file_shown",
    "reregistration_paperfiling_scan",
    "reregistration_hearing_minutes_document",
    "reregistration_evidenceitem_file",
    "reregistration_referral_pdf",
    "reregistration_referral_json",
    "reregistration_referralwithdrawal_file",
    "reregistration_courtdecision_file",
    "notices_notice_pdf",
    "notices_letterbatch_download",
    "notices_letterbatch_download_list",
    "grants_award_document",
    "grants_protocol_document",
    "grants_application_paper",
    "grants_evaluation_paper",
    "grants_report_paper",
}
ACTIONS = {
    "accept_selected": "reregistration.review",
    "resend_selected": "notices.manage_sending",
}


def desks() -> Iterator[Any]:
    """The models of the admin; third parties' too, which no role may open."""
    return iter(admin.site._registry.items())


def allows(role: Role, permission: str) -> bool:
    return permission in PERMISSIONS[role]


def url(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def permission(model: type[models.Model], action: str) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


@pytest.fixture
def world() -> None:
    """A row of nearly everything, so that pages of rows have rows to show."""
    obligation = liquidable_obligation()
    at = noon(MARKING_DAY)
    round_ = authorised_round(obligation.campaign)
    drafter = round_.drafted_by
    assert mark.mark_next(round_.campaign, at=at)
    rounds.stop(round_, by=drafter, at=at, reason="Достаточно")
    CampaignFactory.create(drafted=True)
    CampaignDecision.objects.create(
        campaign=obligation.campaign,
        kind="opened",
        due_on=obligation.campaign.due_on,
        ground="Приказ № 1",
        at=at,
    )
    filing = clean_filing()
    organisation = filing.obligation.organisation
    ImportJobFactory.create(previewed=True)
    RepresentativeFactory.create()
    ClaimFactory.create()
    SignOfLifeFactory.create()
    wordings.draft(
        Kind.REMINDER,
        "ru",
        subject="Иначе",
        body="Иначе",
        sms="",
        effective_from_at=at,
        by=drafter,
        at=at,
    )
    _sent_in(organisation, at)
    HearingSlotFactory.create()
    typed()
    on = timezone.localdate()
    holds.begin(filing.obligation.campaign, reason="Сбой", by=drafter, on=on, at=timezone.now())
    wave = waves.begin_next(
        "campaign:1", Kind.ANNOUNCEMENT, size=2, pause=timedelta(hours=1), at=at
    )
    assert wave
    _gathered(organisation)
    waves.stop(wave, by=drafter, at=at, reason="Ошибка")
    pauses.begin(Channel.EMAIL, None, reason="Сбой", by=drafter, at=at)
    _of_grants(at)


def _of_grants(at: datetime) -> None:
    participant = ParticipantFactory.create()
    ExclusionFindingFactory.create(organisation=participant.organisation)
    CallQuestion.objects.create(
        call=CallFactory.create(),
        organisation=participant.organisation,
        text="Можно?",
        by=participant.registered_by,
        at=at,
    )
    EvaluationFactory.create()
    ProtocolFactory.create()
    ReportFactory.create()


def _gathered(organisation: Organisation) -> None:
    """What officers log and prepare after a mark."""
    EvidenceItemFactory.create(organisation=organisation)
    referral = ReferralFactory.create(
        mark=Mark.objects.get(), receiving_body=ReceivingBodyFactory.create()
    )
    drafted(referral)
    ReferralWithdrawalFactory.create(referral=referral)
    CourtDecisionFactory.create(referral=referral)


def _sent_in(organisation: Organisation, at: datetime) -> None:
    """One of everything that an organisation sends in beside a filing."""
    alice = UserFactory.create()
    silent = liquidable_obligation()
    appeals.object_to(silent, text="Мы переехали.", by=alice, at=at)
    appeals.ask_for_hearing(silent, text="Мы переехали.", by=alice, at=at)
    marked = ObligationFactory.create(marked=True)
    appeals.complain(marked, text="Ошибка.", by=alice, at=at)
    questions.ask(organisation, subject="Год", text="Какой?", by=alice, at=at)
    SavedAnswer.objects.create(title="Год", text_kk="а", text_ru="б", text_en="c")


def rows() -> dict[str, str]:
    """What each of our tables holds, as one hash: any change shows."""
    counted = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(tuple(f"{app}_" for app in OUR_APPS)):
                cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t)) FROM {table} t")  # noqa: S608
                counted[table] = cursor.fetchone()[0]
    return counted


def pages() -> Iterator[tuple[type[models.Model], str]]:
    """Every page of every model beside the standard ones, by the name of its address."""
    for model, desk in desks():
        prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
        for pattern in desk.get_urls():
            if pattern.name and pattern.name.removeprefix(prefix) not in STANDARD:
                yield model, pattern.name


def verbs() -> Iterator[tuple[type[models.Model], str]]:
    """The pages on which something is done."""
    return (
        (model, name)
        for model, name in pages()
        if name not in DOWNLOADS and not name.endswith(EXPORTS)
    )


def newest_row(model: type[models.Model]) -> models.Model | None:
    """The newest row that staff may see: a draft is its author's."""
    rows = model._default_manager.order_by("pk")
    return rows.exclude(state="draft").last() if model is Filing else rows.last()


def address_of(name: str, model: type[models.Model]) -> str:
    """A verb's address for the newest row; some pages are of the whole list."""
    pk = getattr(newest_row(model), "pk", 1)
    try:
        return reverse(f"admin:{name}", args=[pk])
    except NoReverseMatch:
        return reverse(f"admin:{name}")


class TestTheMatrixIsWhole:
    def test_every_verb_of_ours_is_in_it(self) -> None:
        found = {
            name
            for model, name in verbs()
            if type(admin.site._registry[model]).__module__.startswith(
                ("registry.", "reregistration.", "notices.", "grants.")
            )
        }
        assert found == set(VERBS)

    def test_every_action_of_ours_is_in_it(self) -> None:
        found = {
            str(action)
            for model, desk in desks()
            if model._meta.app_label in ("reregistration", "notices")
            for action in desk.actions or []
        }
        assert found == set(ACTIONS)


def may_see(role: Role, model: type[models.Model]) -> bool:
    return allows(role, permission(model, "view")) or allows(role, permission(model, "change"))


# Whose pages are opened over HTTP; of the others the same question is asked of the admin itself.
WALKERS = (Role.REVIEWER, Role.CAMPAIGN_MANAGER, Role.AUDITOR, Role.GRANTS_OFFICER)


@pytest.fixture
def clients() -> list[tuple[Role, Client]]:
    return [(role, signed_in(staff_member(role))) for role in WALKERS]


class TestEveryRole:
    def test_the_admin_allows_what_the_table_does(self, rf: RequestFactory) -> None:
        wrong = []
        for role in Role:
            request = rf.get("/admin/")
            request.user = staff_member(role)
            request.arrived_at = timezone.now()  # type: ignore[attr-defined]
            for model, desk in desks():
                asked = desk.get_model_perms(request)
                wrong += [
                    (role, model._meta.label, action)
                    for action in ("add", "change", "delete")
                    if asked[action] and not allows(role, permission(model, action))
                ]
                if (asked["view"] or asked["change"]) != may_see(role, model):
                    wrong.append((role, model._meta.label, "view"))
        assert wrong == []


@pytest.mark.usefixtures("world")
class TestPages:
    """One test walks all roles and models: the rows are made once, and what is wrong is listed."""

    def test_a_list_opens_for_who_may_see_it(self, clients: list[tuple[Role, Client]]) -> None:
        wrong = [
            (role, model._meta.label, status)
            for role, client in clients
            for model, _desk in desks()
            if (status := client.get(url(model, "changelist")).status_code)
            != (200 if may_see(role, model) else 403)
        ]
        assert wrong == []

    @pytest.mark.parametrize("export", EXPORTS)
    def test_a_list_is_a_file_for_who_may_see_it(
        self, clients: list[tuple[Role, Client]], export: str
    ) -> None:
        exported = [model for model, desk in desks() if isinstance(desk, ExportsMixin)]
        assert len(exported) > 30
        wrong = []
        for role, client in clients:
            for model in exported:
                response: Any = client.get(url(model, export))
                if response.status_code == 200:
                    assert b"".join(response.streaming_content)
                if response.status_code != (200 if may_see(role, model) else 403):
                    wrong.append((role, model._meta.label, response.status_code))
        assert wrong == []

    def test_a_row_opens_for_who_may_see_it(self, clients: list[tuple[Role, Client]]) -> None:
        newest = {model: newest_row(model) for model, _desk in desks()}
        wrong = [
            (role, model._meta.label, status)
            for role, client in clients
            for model, row in newest.items()
            if row is not None
            and (status := client.get(url(model, "change", row.pk)).status_code)
            != (200 if may_see(role, model) else 403)
        ]
        assert wrong == []

    def test_the_page_to_add_opens_for_who_may_add(
        self, clients: list[tuple[Role, Client]]
    ) -> None:
        wrong = [
            (role, model._meta.label, status)
            for role, client in clients
            for model, _desk in desks()
            if (status := client.get(url(model, "add")).status_code)
            != (200 if allows(role, permission(model, "add")) else 403)
        ]
        assert wrong == []

    def test_nobody_deletes_without_the_permission(
        self, clients: list[tuple[Role, Client]]
    ) -> None:
        before = rows()
        wrong = [
            (role, model._meta.label, status)
            for role, client in clients
            for model, _desk in desks()
            if not allows(role, permission(model, "delete"))
            and (row := newest_row(model)) is not None
            and (status := client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code)
            != 403
        ]
        assert wrong == []
        assert rows() == before

    def test_the_menu_leads_only_where_one_may_go(self, clients: list[tuple[Role, Client]]) -> None:
        for role, client in clients:
            page = client.get(reverse("admin:index"))
            links = {
                item["link"]
                for group in page.context["sidebar_navigation"]
                for item in group["items"]
            }
            assert links, role
            seen = {url(model, "changelist") for model, _desk in desks() if may_see(role, model)}
            if may_see(role, Wave):
                seen.add(reverse("admin:notices_wave_forecast"))
            if may_see(role, Organisation):
                seen.add(reverse("admin:registry_organisation_quality"))
            assert links <= seen


@pytest.mark.usefixtures("world")
class TestVerbs:
    def test_who_lacks_the_permission_of_a_verb_is_refused(
        self, clients: list[tuple[Role, Client]]
    ) -> None:
        before = rows()
        refused = {
            (role, name): client.post(address_of(name, model), VERBS[name][1]).status_code
            for role, client in clients
            for model, name in verbs()
            if name in VERBS and not allows(role, VERBS[name][0])
        }
        assert set(refused.values()) == {403}
        assert rows() == before

    def test_who_holds_it_is_let_in(self, clients: list[tuple[Role, Client]]) -> None:
        shut = [
            (role, name)
            for role, client in clients
            for model, name in verbs()
            if name in VERBS
            and allows(role, VERBS[name][0])
            and client.get(address_of(name, model)).status_code not in (200, 302)
        ]
        assert shut == []

    def test_an_action_is_done_by_who_may_alone(self, clients: list[tuple[Role, Client]]) -> None:
        for role, client in clients:
            with transaction.atomic():
                filing = Filing.objects.get(state="submitted")
                client.post(
                    url(Filing, "changelist"),
                    {"action": "accept_selected", "_selected_action": [filing.pk]},
                )
                filing.refresh_from_db()
                may = allows(role, ACTIONS["accept_selected"])
                assert filing.state == ("accepted" if may else "submitted"), role
                transaction.set_rollback(True)


@pytest.mark.usefixtures("world")
class TestWhoReachesNothing:
    def assert_all_lead_to_the_door(self, client: Client) -> None:
        before = rows()
        addresses = [
            reverse("admin:index"),
            *(url(model, page) for model, _desk in desks() for page in ("changelist", "add")),
            *(
                url(model, page, getattr(model._default_manager.first(), "pk", 1))
                for model, _desk in desks()
                for page in ("change", "delete")
            ),
            *(address_of(name, model) for model, name in verbs()),
        ]
        inside = [
            (method, address)
            for address in addresses
            for method in ("get", "post")
            if not _leads_to_the_door(getattr(client, method)(address))
        ]
        assert inside == []
        assert rows() == before

    def test_a_person_of_an_organisation_without_a_role(self) -> None:
        user = UserFactory.create()
        RepresentativeFactory.create(user=user, organisation=Organisation.objects.first())
        self.assert_all_lead_to_the_door(signed_in(user))

    def test_a_visitor(self) -> None:
        self.assert_all_lead_to_the_door(Client())


def _leads_to_the_door(response: Any) -> bool:
    return response.status_code == 302 and "login" in response.headers["Location"]


@pytest.mark.usefixtures("world")
class TestAuditor:
    @pytest.fixture
    def auditor(self) -> User:
        return staff_member(Role.AUDITOR)

    def test_no_post_anywhere_changes_anything(self, auditor: User) -> None:
        client = signed_in(auditor)
        before = rows()
        for model, _desk in desks():
            pk = getattr(model._default_manager.first(), "pk", 1)
            client.post(url(model, "changelist"), {"action": "delete_selected", "post": "yes"})
            client.post(url(model, "add"), {"name_ru": "x", "state": "open"})
            client.post(url(model, "change", pk), {"name_ru": "x", "state": "open"})
            client.post(url(model, "delete", pk), {"post": "yes"})
        for model, name in verbs():
            client.post(address_of(name, model), VERBS.get(name, ("", {}))[1])
        assert rows() == before

    def test_every_list_of_reregistration_is_open(self, auditor: User) -> None:
        client = signed_in(auditor)
        closed = [
            model._meta.label
            for model, _desk in desks()
            if model._meta.app_label == "reregistration"
            and client.get(url(model, "changelist")).status_code != 200
        ]
        assert closed == []
