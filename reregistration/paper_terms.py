"""Until when may a paper filing be contested, and what waits for that? Reviewers' verbs ask."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.one_person import OnePerson
from accounts.refusals import Refused
from registry.calendar import add_working_days, day_of, end_of
from registry.models import DayOverride
from reregistration.models import Filing, PaperFiling

# As long as whoever acts for an organisation may object to a claim.
CONTEST_WORKING_DAYS = 10


def contest_until_on(confirmed_at: datetime) -> date:
    """The last day on which nothing of a paper filing confirmed at that moment is accepted."""
    return add_working_days(
        day_of(confirmed_at), CONTEST_WORKING_DAYS, DayOverride.objects.as_overrides()
    )


def may_be_decided(at: datetime) -> Q:
    """Not made of a paper that is contested or may still be, as a condition on filings: nobody can
    accept it yet, and its postmark puts it before all others."""
    overrides = DayOverride.objects.as_overrides()
    confirmed_on = day_of(at)
    while add_working_days(confirmed_on, CONTEST_WORKING_DAYS, overrides) >= day_of(at):
        confirmed_on -= timedelta(days=1)
    is_over = Q(paper__contested_at__isnull=True, paper__confirmed_at__lt=end_of(confirmed_on))
    return Q(paper__isnull=True) | Q(paper__decided_at__isnull=False) | is_over


def had_a_hand(person: OnePerson, paper: PaperFiling) -> bool:
    """Whether the person logged it, typed any section of it in, or confirmed it."""
    typed = paper.filing
    return (
        person.did(paper.received_by_id, paper.received_at)
        or person.did(paper.typed_by_id, paper.typed_at)
        or person.did(paper.confirmed_by_id, paper.confirmed_at)
        or person.did(typed.saved_by_id, typed.saved_at)
        or any(
            person.did(save["by"], datetime.fromisoformat(save["at"]))
            for save in typed.section_revisions.values()
        )
    )


def is_contested(filing: Filing) -> bool:
    paper = _of(filing)
    return paper is not None and paper.is_contested


def refuse_contested(filing: Filing) -> None:
    """Refuse to decide on a filing that the organisation says is not its own."""
    if is_contested(filing):
        raise Refused(
            _(
                "The organisation says that %(number)s is not its filing. First decide on that, on "
                "the page of the paper filing."
            )
            % {"number": filing}
        )


def refuse_own(filing: Filing, by: User, at: datetime) -> None:
    """Refuse whoever had a hand in typing it in."""
    paper = _of(filing)
    if paper and had_a_hand(one_person.of(by, at), paper):
        raise Refused(
            _("You had a hand in typing in %(number)s. Another reviewer decides on it.")
            % {"number": filing}
        )


def refuse_early(filing: Filing, *, on: date) -> None:
    """Refuse to accept a paper filing while the organisation's days to contest it run."""
    paper = _of(filing)
    if paper is None or paper.confirmed_at is None or paper.decided_at is not None:
        return
    until_on = contest_until_on(paper.confirmed_at)
    if on <= until_on:
        raise Refused(
            _("%(number)s came on paper: the organisation may contest it until %(until)s.")
            % {"number": filing, "until": date_format(until_on)}
        )


def _of(filing: Filing) -> PaperFiling | None:
    if filing.paper_id is None:
        return None
    paper: PaperFiling = PaperFiling.objects.select_related("filing").get(pk=filing.paper_id)
    return paper
