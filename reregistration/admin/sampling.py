"""A round's sample at the desk: drawn, checked one case at a time, and how far it has come."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count, Max, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb
from accounts.models import User
from reregistration.marking import sampling
from reregistration.models import MarkingRound, SampleCase, SampleVerdict
from reregistration.states import CandidateState, RoundState, Verdict

CHECK = "reregistration.check_marking"


class Draw(Verb):
    name = "draw"
    label = gettext_lazy("Draw the sample")
    permission = "reregistration.manage_marking"
    template = "admin/reregistration/marking_verb.html"
    explanation = gettext_lazy(
        "Cases are drawn at random from the frozen candidates, once. People who did not draft the "
        "round check them one by one; any error stops the round."
    )

    def suits(self, row: MarkingRound) -> bool:
        return row.state == RoundState.DRY_RUN and row.sample_size is None

    def context(self, row: MarkingRound, *, on: date) -> dict[str, Any]:
        waiting = row.candidates.filter(state=CandidateState.WAITING).count()
        return {"facts": [(_("Candidates that wait to be marked"), waiting)]}

    def run(self, row: MarkingRound, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        drawn = sampling.draw(row, by=by, at=at)
        return _("Drawn: %(size)d of %(population)d. Other people check them now.") % {
            "size": drawn.size,
            "population": drawn.population,
        }


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=Verdict.choices)
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("verdict") == Verdict.WRONG and not answers.get("words"):
            self.add_error("words", _("Say what is wrong: the words are kept, and stop the round."))
        return answers


class Check(Verb):
    """The page has a flow of its own: see `MarkingRoundAdmin.check_view`."""

    name = "check"
    label = gettext_lazy("Check the sample")
    permission = CHECK
    form_class = VerdictForm
    template = "admin/reregistration/check.html"

    def suits(self, row: MarkingRound) -> bool:
        return row.state == RoundState.DRY_RUN and row.sample_size is not None


def case_before(row: MarkingRound, user: User) -> SampleCase | None:
    """The case that this person has taken and not judged yet."""
    return (
        sampling.unjudged_of(row)
        .filter(taken_by=user)
        .select_related("candidate__obligation__campaign", "candidate__obligation__organisation")
        .first()
    )


def progress(row: MarkingRound) -> dict[str, Any]:
    """How many of the round's cases were judged, and found wrong."""
    verdicts = SampleVerdict.objects.filter(case__round=row)
    counted = verdicts.aggregate(
        judged=Count("case", distinct=True), wrong=Count("pk", filter=Q(verdict=Verdict.WRONG))
    )
    return {**counted, "size": row.sample_size, "left": (row.sample_size or 0) - counted["judged"]}


def about(row: MarkingRound) -> dict[str, Any] | None:
    """What the round's page says of its sample; None before it was drawn."""
    drawn = getattr(row, "draw", None)
    if drawn is None:
        return None
    verdicts = SampleVerdict.objects.filter(case__round=row)
    places = row.cases.order_by("place").values_list("candidate__position", flat=True)
    return {
        **progress(row),
        "drawn": drawn,
        "is_repeatable": list(places) == sampling.repeat(drawn, len(places)),
        "checkers": (
            verdicts.order_by()
            .values("by__email", "by__first_name", "by__last_name")
            .annotate(count=Count("pk"), last_at=Max("at"))
            .order_by("by__email")
        ),
        "said": (
            verdicts.exclude(words="")
            .select_related("case__candidate__obligation__organisation", "by")
            .order_by("-pk")
        ),
    }


def of_this_week(row: MarkingRound, left: int, on: date) -> str:
    """How many marks this calendar week still allows."""
    return _(
        "Week of %(on)s: %(left)d of %(cap)d marks are left. The limit is the campaign's: as many "
        "as the ministry could reinstate in a week if they were wrong."
    ) % {"on": date_format(on), "left": max(0, left), "cap": row.campaign.week_cap}
