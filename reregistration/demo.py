"""A register and a campaign to try the portal on: June's invented extract, and people to sign in.

Loaded by the verbs that the ministry uses, so what it shows is what the portal does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.conf import settings
from django.db import transaction

from accounts import staff
from accounts.demo import ACCOUNTS, person
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry import representatives
from registry.calendar import ALMATY, after_protected_days, day_of
from registry.codes import DATA
from registry.imports.extract import import_extract
from registry.models import Extract, LegalForm, Organisation
from reregistration import campaigns
from reregistration.models import Campaign, Filing, Obligation
from reregistration.rehearsal import actors
from reregistration.states import CampaignState, FilingState

EXTRACT = DATA / "demo" / "register_2026-06.csv.xz"
CODE = "demo"
# Long enough ago that nobody is announced to again, far enough ahead that nothing is due today.
OPENED_BEFORE = timedelta(days=70)
DUE_AFTER = timedelta(days=45)
FILINGS = 240


def load(*, at: datetime, say: Callable[[str], None]) -> None:
    """Load the demo; `say` hears each step. Refuses in production.

    Safe to repeat, and after a killed run: each step is whole or was not done.
    """
    if settings.IS_PRODUCTION:
        raise Refused("The demo is not for production: it makes accounts with a known password.")
    people = {account.email: person(account, on=day_of(at)) for account in ACCOUNTS}
    manager = people["manager@demo.example"]
    if not Extract.objects.exists():
        outcome = import_extract(
            EXTRACT, commit=True, by=manager, at=at, progress=lambda _read, _share: None
        )
        say(f"register: {outcome.columns()['new']:,} organisations of the June extract")
    campaign = _campaign(day_of(at))
    if campaign.state == CampaignState.DRAFT:
        opened_at = at - OPENED_BEFORE
        asked = campaigns.open_campaign(
            campaign, by=manager, at=opened_at, ground="Demo order No. 1"
        )
        say(f"campaign: {asked:,} organisations asked, due on {campaign.due_on}")
    if not Filing.objects.exists():
        _live(campaign, people["ngo@demo.example"], at)
        say(f"filings: {Filing.objects.count()}, some of them waiting for review")


@transaction.atomic
def _campaign(on: date) -> Campaign:
    campaign, is_new = Campaign.objects.get_or_create(
        code=CODE,
        defaults={
            "name_kk": "ҮЕҰ-ны қайта тіркеу науқаны (үлгі)",
            "name_ru": "Перерегистрация НПО (пример)",
            "name_en": "NGO re-registration (demo)",
            "body_kk": "Мәдениет және ақпарат министрлігі, Азаматтық қоғам істері комитеті",
            "body_ru": "Министерство культуры и информации, Комитет по делам гражданского общества",
            "body_en": "Ministry of Culture and Information, Committee for Civil Society Affairs",
            "legal_base_kk": "«Коммерциялық емес ұйымдар туралы» Заңның 41-бабы (үлгі)",
            "legal_base_ru": "статья 41 Закона «О некоммерческих организациях» (пример)",
            "legal_base_en": "article 41 of the Law on Non-commercial Organisations (demo)",
            "address_kk": "010000, Астана қ., Мәңгілік ел даңғылы, 8 (үлгі)",
            "address_ru": "010000, г. Астана, пр. Мәңгілік ел, 8 (пример)",
            "address_en": "8 Mangilik El Avenue, Astana 010000 (demo)",
            "opens_on": on - OPENED_BEFORE,
            "due_on": after_protected_days(on + DUE_AFTER),
            "cut_off_on": date(on.year, 1, 1),
            "reporting_year": on.year - 1,
        },
    )
    if is_new:
        campaign.legal_forms.set(LegalForm.objects.filter(reports=True))
    return campaign


@transaction.atomic
def _live(campaign: Campaign, ngo: User, at: datetime) -> None:
    """What the first weeks brought: filings accepted, returned, waiting; and the demo's person."""
    dice = Random(campaign.code)  # noqa: S311 - the same demo everywhere
    ids = list(campaign.obligations.order_by("organisation__number").values_list("pk", flat=True))
    due_one, returned_one, *others = dice.sample(ids, FILINGS + 2)
    for index in range(actors.REVIEWERS):
        email = actors.reviewer_email(index)
        if not User.objects.filter(email=email).exists():
            staff.grant_role(actors.member(email), role=Role.REVIEWER, by=None, on=day_of(at))
    for place, obligation_id in enumerate([returned_one, *others]):
        filed_at = _daytime(at - timedelta(days=dice.randint(4, 60)), dice)
        actors.file(obligation_id, filed_at, 1)
        filing = Filing.objects.get(obligation=obligation_id, state=FilingState.SUBMITTED)
        decided_at = filed_at + timedelta(days=2)
        if place == 0 or place % 12 == 0:
            actors.send_back(filing.pk, decided_at, 1)
        elif place % 5:
            actors.accept(filing.pk, decided_at, 1)
    for obligation_id in (due_one, returned_one):
        _represent(Obligation.objects.get(pk=obligation_id).organisation, ngo, at)


def _represent(organisation: Organisation, ngo: User, at: datetime) -> None:
    for other in organisation.representatives.filter(until_at=None):
        representatives.end(other, at=at)
    representatives.begin(organisation, user=ngo, ground="demo", at=at)


def _daytime(at: datetime, dice: Random) -> datetime:
    return at.astimezone(ALMATY).replace(
        hour=dice.randint(9, 20), minute=dice.randint(0, 59), second=dice.randint(0, 59)
    )
