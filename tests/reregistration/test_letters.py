"""Does a letter of each kind have all that its template asks for?"""

from __future__ import annotations

from datetime import date

import pytest

from notices import notice
from notices.notice import Draft
from notices.states import Kind
from reregistration import letters
from tests.factories.reregistration import ObligationFactory, noon

SCHEDULED = [
    Kind.ANNOUNCEMENT,
    Kind.REMINDER,
    Kind.OVERDUE,
    Kind.FINAL_WARNING,
    Kind.PRELIMINARY_DECISION,
]
NAMES = {
    "kk": "2026 жылғы қайта тіркеу",
    "ru": "Перерегистрация 2026 года",
    "en": "Re-registration 2026",
}
DUE = {"kk": "2026 жылғы 1 желтоқсан", "ru": "1 декабря 2026 года", "en": "1 December 2026"}


def written(draft: Draft, language: str, on: date) -> str:
    in_language = Draft(**{**vars(draft), "language": language})
    (made,) = notice.register([in_language], at=noon(on))
    return made.text.body


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("kind", SCHEDULED)
def test_a_scheduled_letter_names_campaign_and_due_date(kind: Kind, language: str) -> None:
    on = date(2026, 11, 1)
    draft = letters.scheduled(ObligationFactory.create(), kind, "occasion", on=on)
    body = written(draft, language, on)
    assert NAMES[language] in body
    assert DUE[language] in body


@pytest.mark.django_db
def test_a_letter_belongs_to_the_obligations_present_cycle() -> None:
    obligation = ObligationFactory.create(overdue=True)
    draft = letters.draft(obligation, Kind.OVERDUE, "T+1")
    assert (draft.source, draft.cycle) == (f"obligation:{obligation.pk}", 2)


@pytest.mark.django_db
def test_a_reminder_says_how_many_days_are_left() -> None:
    draft = letters.scheduled(
        ObligationFactory.create(), Kind.REMINDER, "T-30", on=date(2026, 11, 2)
    )
    assert draft.variables["days_left"] == "29"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "days"), [("grace_days", "5"), ("decision_after_days", "6"), ("answer_days", "7")]
)
def test_the_terms_are_the_campaigns_data(name: str, days: str) -> None:
    obligation = ObligationFactory.create(
        campaign__grace_days=5, campaign__decision_after_days=6, campaign__decision_served_days=7
    )
    draft = letters.scheduled(obligation, Kind.FINAL_WARNING, "occasion", on=date(2026, 12, 16))
    assert draft.variables[name] == days
    # Five days from 1 December end on a Sunday: the term ends on the Monday.
    assert draft.variables["grace_ends_on"] == "2026-12-07"
