"""Decision letters as they go out: each names its ground, who decided, the remedy, its term and
where to file, in the letter's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import DECISIONS, Kind
from notices.variables import OF_A_DECISION
from reregistration import appeals, closures, decisions, letters, refusals, reopenings, review
from reregistration.marking import mark, reversal, rounds
from reregistration.models import Appeal, Campaign, Obligation, Reversal
from reregistration.states import AnswerOutcome, FilingKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.hearings import ASKED_AT, hearing_set, minutes_written
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    RefusalGroundFactory,
    liquidable_obligation,
    mark_made,
    noon,
    sampled_round,
)

pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.django_db]
LANGUAGES = ["kk", "ru", "en"]
LATER = noon(date(2027, 3, 10))
VERIFIED_ON, RIPE_ON = date(2026, 9, 21), date(2026, 10, 22)
REMEDIES = {
    "complaint": "you may complain to the authorised body; somebody who took no part in this "
    "decision decides on your complaint",
    "court": "you may go to court",
}


def asel(role: Role) -> User:
    return staff_member(role, first_name="Әсел", last_name="Жұмабаева")


def dismissed(appeal: Appeal) -> None:
    appeals.decide(
        appeal,
        outcome=AnswerOutcome.DISMISSED,
        decision="Nothing shows it.",
        by=asel(Role.SENIOR_REVIEWER),
        at=LATER,
    )


def objection(language: str) -> None:
    row = told_in(language, liquidable_obligation())
    dismissed(appeals.object_to(row, text="We moved.", by=UserFactory.create(), at=ASKED_AT))


def hearing(language: str) -> None:
    wish = hearing_set()
    told_in(language, wish.obligation)
    minutes_written(wish)
    dismissed(wish)


def complaint(language: str) -> None:
    row = told_in(language, mark_made().obligation)
    row.refresh_from_db()
    dismissed(appeals.complain(row, text="We filed.", by=UserFactory.create(), at=LATER))


def marked(language: str) -> None:
    row = told_in(language, liquidable_obligation())
    round_ = sampled_round(row.campaign)
    for _ in range(2):
        rounds.sign(round_, by=asel(Role.CAMPAIGN_MANAGER), at=noon(MARKING_DAY))
    assert mark.mark_next(row.campaign, at=noon(MARKING_DAY))


def reversed_(language: str) -> None:
    made = mark_made()
    told_in(language, made.obligation)
    reversal.reverse(made, by=asel(Role.CAMPAIGN_MANAGER), at=LATER, ground="A wrong extract.")


def returned(language: str) -> None:
    sent_in = FilingFactory.create(submitted=True)
    told_in(language, sent_in.obligation)
    review.return_for_correction(
        sent_in, reasons=["address_unclear"], by=asel(Role.REVIEWER), at=noon(VERIFIED_ON)
    )


def refused(language: str) -> None:
    sent_in = FilingFactory.create(submitted=True)
    told_in(language, sent_in.obligation)
    proposal = refusals.propose(
        sent_in,
        ground=RefusalGroundFactory.create(),
        words="The charter is forged.",
        by=asel(Role.SENIOR_REVIEWER),
        at=noon(VERIFIED_ON),
    )
    refusals.confirm(proposal, by=asel(Role.SENIOR_REVIEWER), at=noon(VERIFIED_ON))


def reopened(language: str) -> None:
    sent_in = FilingFactory.create(submitted=True)
    told_in(language, sent_in.obligation)
    review.accept(sent_in, by=asel(Role.REVIEWER), at=noon(VERIFIED_ON))
    proposal = reopenings.propose(
        sent_in, words="A wrong extract.", by=asel(Role.SENIOR_REVIEWER), at=noon(VERIFIED_ON)
    )
    reopenings.confirm(proposal, by=asel(Role.SENIOR_REVIEWER), at=noon(VERIFIED_ON))


def released(language: str) -> None:
    closed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
    row = told_in(language, closed.obligation)
    closures.verify(closed, note="By court.", by=asel(Role.REVIEWER), at=noon(VERIFIED_ON))
    assert closures.release_verified(row.campaign, on=RIPE_ON, at=noon(RIPE_ON))


def told_in(language: str, row: Obligation) -> Obligation:
    person = UserFactory.create(language=language)
    RepresentativeFactory.create(organisation=row.organisation, user=person)
    return row


# How each letter comes about, its kind, who signs it by which role, and what it opens.
DECIDED: list[tuple[Callable[[str], None], Kind, Role, str]] = [
    (objection, Kind.ANSWER_DECIDED, Role.SENIOR_REVIEWER, "court"),
    (hearing, Kind.ANSWER_DECIDED, Role.SENIOR_REVIEWER, "court"),
    (complaint, Kind.ANSWER_DECIDED, Role.SENIOR_REVIEWER, "court"),
    (marked, Kind.MARKED, Role.CAMPAIGN_MANAGER, "complaint"),
    (reversed_, Kind.MARK_REVERSED, Role.CAMPAIGN_MANAGER, "complaint"),
    (returned, Kind.RETURNED, Role.REVIEWER, "complaint"),
    (refused, Kind.REFUSED, Role.SENIOR_REVIEWER, "complaint"),
    (reopened, Kind.REOPENED, Role.SENIOR_REVIEWER, "complaint"),
    (released, Kind.RELEASED, Role.REVIEWER, "complaint"),
]


def the_five(campaign: Campaign, language: str, role: Role, remedy: str) -> dict[str, str]:
    """What the letter must say, made of the data and not by the code that makes the letter."""
    months = {"court": campaign.court_months, "complaint": campaign.complaint_months}[remedy]
    address = [getattr(campaign, f"{name}_{language}") for name in ("body", "address")]
    court = getattr(campaign, f"court_{language}")
    with translation.override(language):
        return {
            "legal_base": getattr(campaign, f"legal_base_{language}"),
            "signatory": f"Әсел Жұмабаева, {role.label}",
            "remedy": gettext(REMEDIES[remedy]),
            "remedy_term": gettext("within one month of receiving this letter")
            if months == 1
            else gettext("within %(months)d months of receiving this letter") % {"months": months},
            "file_to": court if remedy == "court" else ", ".join(address),
        }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("decide", "kind", "role", "remedy"), DECIDED, ids=[row[0].__name__ for row in DECIDED]
)
def test_a_decision_letter_names_all_five(
    decide: Callable[[str], None], kind: Kind, role: Role, remedy: str, language: str
) -> None:
    decide(language)
    told = Notice.objects.get(kind=kind)
    assert told.language == language
    five = the_five(Campaign.objects.get(), language, role, remedy)
    assert set(five) == OF_A_DECISION
    assert {name: words for name, words in five.items() if words not in told.text.body} == {}


def test_every_kind_of_decision_that_is_made_so_far_is_tried_here() -> None:
    # A referral is made by no verb yet.
    assert {kind for _decide, kind, _role, _remedy in DECIDED} == set(DECISIONS) - {Kind.REFERRED}


def test_a_mark_names_both_who_signed_the_round() -> None:
    round_ = sampled_round(liquidable_obligation().campaign)
    for last_name in ("Omarov", "Seitova"):
        signer = staff_member(Role.CAMPAIGN_MANAGER, first_name="A.", last_name=last_name)
        rounds.sign(round_, by=signer, at=noon(MARKING_DAY))
    mark.mark_next(round_.campaign, at=noon(MARKING_DAY))
    body = Notice.objects.get(kind=Kind.MARKED).text.body
    assert body.index("A. Omarov, ") < body.index("; A. Seitova, ")


@pytest.mark.parametrize(
    ("kind", "terms", "told"),
    [
        (Kind.MARKED, {"complaint_months": 5}, "within 5 months of receiving this letter"),
        (Kind.REFERRED, {"complaint_months": 1}, "within one month of receiving this letter"),
        (Kind.ANSWER_DECIDED, {"court_months": 4}, "within 4 months of receiving this letter"),
    ],
)
def test_the_term_is_the_campaigns(kind: Kind, terms: dict[str, int], told: str) -> None:
    campaign = CampaignFactory.create(**terms)
    assert decisions.remedies(campaign, kind)["remedy_term_en"] == told


def test_a_campaign_that_names_no_address_names_its_body() -> None:
    campaign = CampaignFactory.create(address_kk="", address_ru="", address_en="")
    told = decisions.remedies(campaign, Kind.MARKED)
    assert told["file_to_en"] == "Ministry of Culture and Information"


def test_other_letters_name_no_remedy() -> None:
    draft = letters.draft(ObligationFactory.create(), Kind.ACCEPTED, "F-1")
    assert not {f"{name}_en" for name in OF_A_DECISION - {"legal_base"}} & set(draft.variables)


def test_a_letter_keeps_the_name_that_it_was_signed_with() -> None:
    returned("en")
    User.objects.filter(first_name="Әсел").update(last_name="Omarova")
    assert "Әсел Жұмабаева" in Notice.objects.get(kind=Kind.RETURNED).text.body


class TestNobodyDecidesWithoutAName:
    @pytest.fixture
    def nameless(self) -> User:
        return staff_member(Role.SENIOR_REVIEWER, first_name="", last_name="")

    def test_an_answer(self, nameless: User, alice: User) -> None:
        sent_in = appeals.object_to(
            liquidable_obligation(), text="We moved.", by=alice, at=ASKED_AT
        )
        with pytest.raises(Refused, match="your account has no name"):
            appeals.decide(
                sent_in, outcome=AnswerOutcome.UPHELD, decision="Yes.", by=nameless, at=LATER
            )
        sent_in.refresh_from_db()
        assert sent_in.decided_at is None

    def test_a_round(self, nameless: User) -> None:
        round_ = sampled_round(liquidable_obligation().campaign)
        with pytest.raises(Refused, match="your account has no name"):
            rounds.sign(round_, by=nameless, at=noon(MARKING_DAY))

    def test_a_reversal(self, nameless: User) -> None:
        made = mark_made()
        with pytest.raises(Refused, match="your account has no name"):
            reversal.reverse(made, by=nameless, at=LATER, ground="A wrong extract.")
        assert not Reversal.objects.exists()

    def test_a_return(self, nameless: User) -> None:
        sent_in = FilingFactory.create(submitted=True)
        with pytest.raises(Refused, match="your account has no name"):
            review.return_for_correction(
                sent_in, reasons=["address_unclear"], by=nameless, at=noon(VERIFIED_ON)
            )

    def test_a_verified_closure(self, nameless: User) -> None:
        closed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
        with pytest.raises(Refused, match="your account has no name"):
            closures.verify(closed, note="By court.", by=nameless, at=noon(VERIFIED_ON))
