"""What is done with a campaign: opened, closed, and changed by recorded decisions alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import Verb
from accounts.models import User
from reregistration import campaigns, cohorts, due_dates, scope_changes
from reregistration.admin import load, preview
from reregistration.admin.campaign_forms import (
    CohortForm,
    DueDateForm,
    GroundForm,
    PaceForm,
    WhichCohortForm,
)
from reregistration.models import Campaign
from reregistration.states import CampaignState

MANAGE = "reregistration.manage_campaign"


class _Decision(Verb):
    permission = MANAGE
    is_nationwide = True
    form_class: ClassVar[type[forms.Form]] = GroundForm
    from_state = CampaignState.OPEN

    def suits(self, row: Campaign) -> bool:
        return row.state == self.from_state


class Open(_Decision):
    name = "open"
    label = gettext_lazy("Open…")
    template = "admin/reregistration/open.html"
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy(
        "Every organisation in scope gets its obligation and, from the opening day, a notice. "
        "After that the campaign changes by recorded decisions alone."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"preview": preview.dry_run(row), "load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = campaigns.open_campaign(row, by=by, at=at, ground=answers["ground"])
        return _("The campaign is open: %(count)d organisations have their obligation.") % {
            "count": made
        }


class Close(_Decision):
    name = "close"
    label = gettext_lazy("Close…")
    is_grave = True
    explanation = gettext_lazy(
        "Nothing is queued, moved or marked in a closed campaign any more. It is not opened again."
    )

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        campaigns.close(row, by=by, at=at, ground=answers["ground"])
        return _("The campaign is closed.")


class MoveDueDate(_Decision):
    name = "move-due-date"
    label = gettext_lazy("Move due date…")
    form_class = DueDateForm
    template = "admin/reregistration/cohort.html"
    explanation = gettext_lazy(
        "Everyone whose date has not been met gets the new one and one letter that says so; the "
        "overdue whose new date lies ahead are due again. Notices served before no longer count "
        "against them. Whoever has filed is not written to. It is decided at once; the timetable "
        "brings it to everyone within minutes, and until then nobody is reminded, warned or marked."
    )

    def prepare(self, form: Any, row: Campaign, *, on: date) -> None:
        chosen = _cohort_choices(row)
        if chosen:
            whole = _("The whole campaign: nobody's date lies before it")
            form.fields["cohort"].choices = [("", whole), *chosen]
        else:
            del form.fields["cohort"]

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        cohort = answers.get("cohort")
        due_dates.move(
            row,
            answers["due_on"],
            cohort=row.cohorts.get(pk=cohort) if cohort else None,
            by=by,
            at=at,
            ground=answers["ground"],
        )
        return _(
            "Decided: the due date moves to %(due)s. It is brought to the organisations in the "
            "next minutes; this page shows how far it is."
        ) % {"due": date_format(answers["due_on"])}


class AddCohort(_Decision):
    name = "add-cohort"
    label = gettext_lazy("Add a cohort…")
    form_class = CohortForm
    template = "admin/reregistration/cohort.html"
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy(
        "A cohort has a later due date than the campaign's own, so that filings do not arrive all "
        "on one day. An organisation is in the first cohort whose rule it meets, else in none. "
        "Cohorts stand once the campaign is open."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = cohorts.add(
            row,
            regions=[region.pk for region in answers["regions"]],
            bin_digits=answers["bin_digits"],
            due_on=answers["due_on"],
        )
        return _("Cohort № %(number)d is added: %(rule)s.") % {
            "number": made.number,
            "rule": cohorts.words(made),
        }


class RemoveCohort(_Decision):
    name = "remove-cohort"
    label = gettext_lazy("Remove a cohort…")
    form_class = WhichCohortForm
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy("Its organisations fall to the next cohort whose rule they meet.")

    def suits(self, row: Campaign) -> bool:
        return super().suits(row) and row.cohorts.exists()

    def prepare(self, form: Any, row: Campaign, *, on: date) -> None:
        form.fields["cohort"].choices = _cohort_choices(row)

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        # Another tab may have removed it.
        for cohort in row.cohorts.filter(pk=answers["cohort"]):
            cohorts.remove(cohort)
        return _("The cohort is removed.")


def _cohort_choices(row: Campaign) -> list[tuple[int, str]]:
    names = cohorts.region_names()
    return [
        (
            cohort.pk,
            f"№ {cohort.number}: {cohorts.words(cohort, names)} ({date_format(cohort.due_on)})",
        )
        for cohort in row.cohorts.all()
    ]


_DECIDED = gettext_lazy("Decided for %(count)d organisations; this page shows how far it is.")


class TakeIn(_Decision):
    name = "take-in"
    label = gettext_lazy("Take in who came into scope…")
    template = "admin/reregistration/scope_change.html"
    explanation = gettext_lazy(
        "Each organisation of this list gets its obligation, with the due date of its cohort or "
        "the campaign, and at least 30 working days. It is decided at once; the timetable brings "
        "it to them within minutes."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"change": scope_changes.joined(row), "why": _("Legal form")}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = scope_changes.take_in(row, ground=answers["ground"], by=by, at=at)
        return _DECIDED % {"count": made.expected}


class ReleaseLeft(_Decision):
    name = "release-left"
    label = gettext_lazy("Release who left the scope…")
    template = "admin/reregistration/scope_change.html"
    is_grave = True
    explanation = gettext_lazy(
        "Each organisation of this list is released from its obligation, for the reason that the "
        "register gives. Released is not reopened by one person. It is decided at once; the "
        "timetable brings it to them within minutes."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"change": scope_changes.left(row), "why": _("Reason")}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = scope_changes.release(row, ground=answers["ground"], by=by, at=at)
        return _DECIDED % {"count": made.expected}


class Pace(_Decision):
    """Beside the decisions: it changes no date and nobody's duty."""

    name = "pace"
    label = gettext_lazy("Change the waves…")
    form_class = PaceForm
    explanation = gettext_lazy(
        "Announcements, final warnings and preliminary decisions go out in waves, so that the "
        "helpline can answer those who ask. From the next wave on; one that has begun keeps its "
        "size."
    )

    def empty_form(self, row: Campaign, asked: Mapping[str, Any]) -> forms.Form:
        now = {"wave_size": row.wave_size, "wave_pause_minutes": row.wave_pause_minutes}
        return PaceForm(initial=now)

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        campaigns.pace(row, **answers, by=by, at=at)
        return _("The next waves have %(count)d notices, and %(minutes)d minutes between them.") % {
            "count": answers["wave_size"],
            "minutes": answers["wave_pause_minutes"],
        }
