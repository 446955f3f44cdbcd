"""Awards: their agreement, their money, and how they end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, today
from accounts.models import User
from grants import award, eligibility, payments, reports, standing
from grants.admin import shown
from grants.admin.fields import money
from grants.models import Award, Instalment, RepaymentDemand
from grants.states import AWARD_ALLOWED, AwardState, InstalmentState
from registry import uploads
from registry.money import tenge

MANAGE = "grants.manage_award"
PAY = "grants.record_payment"
_PARTS = 4


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=UnfoldAdminDateWidget(), **options)


class _Move(Verb):
    permission = MANAGE
    form_class: ClassVar[type[forms.Form]] = ReasonForm
    to: ClassVar[AwardState]
    done: ClassVar[Any]

    def suits(self, row: Award) -> bool:
        return self.to in AWARD_ALLOWED[row.state]

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        getattr(award, self.name)(row, **answers, by=by, at=at)
        return str(self.done)


class Lapse(_Move):
    name = "lapse"
    label = gettext_lazy("Not accepted in time…")
    to = AwardState.REFUSED
    explanation = gettext_lazy("Its money is free for the reserve list.")
    done = gettext_lazy("The award has lapsed. The reserve moves up.")

    def hindrance(self, row: Award, *, on: date) -> str:
        if on > row.accept_by_on:
            return ""
        until = {"on": date_format(row.accept_by_on)}
        return _("The organisation may accept it until %(on)s.") % until


class Suspend(_Move):
    name = "suspend"
    label = gettext_lazy("Suspend…")
    to = AwardState.SUSPENDED
    explanation = gettext_lazy("Nothing is paid until it is resumed.")
    done = gettext_lazy("The award is suspended.")


class Resume(_Move):
    name = "resume"
    label = gettext_lazy("Resume…")
    to = AwardState.ACTIVE
    done = gettext_lazy("The award is in force again.")

    def suits(self, row: Award) -> bool:
        return row.state == AwardState.SUSPENDED


class Terminate(_Move):
    name = "terminate"
    label = gettext_lazy("Terminate…")
    to = AwardState.TERMINATED
    is_grave = True
    explanation = gettext_lazy("What is not paid yet is free again. It cannot be undone.")
    done = gettext_lazy("The agreement is terminated.")


class Complete(_Move):
    name = "complete"
    label = gettext_lazy("Complete…")
    form_class = forms.Form
    to = AwardState.COMPLETED
    explanation = gettext_lazy(
        "All is paid, each report is accepted, and what was not spent is back."
    )
    done = gettext_lazy("The award is completed.")


class _OfMoney(Verb):
    permission = PAY
    states: ClassVar[tuple[AwardState, ...]] = (AwardState.ACTIVE,)

    def suits(self, row: Award) -> bool:
        return row.state in self.states

    def context(self, row: Award, *, on: date) -> dict[str, Any]:
        return {"facts": sums(row)}


class _ToBePaid(_OfMoney):
    """Of an award of which something is left to pay."""

    def suits(self, row: Award) -> bool:
        return super().suits(row) and row.left > 0


class _Back(_OfMoney):
    """Of an award of which money is out."""

    states = (
        AwardState.ACTIVE,
        AwardState.SUSPENDED,
        AwardState.COMPLETED,
        AwardState.TERMINATED,
    )

    def suits(self, row: Award) -> bool:
        return super().suits(row) and row.paid > row.returned


class Plan(_ToBePaid):
    name = "plan"
    label = gettext_lazy("Plan instalments…")
    states = (AwardState.OFFERED, AwardState.ACTIVE, AwardState.SUSPENDED)
    explanation = gettext_lazy(
        "Together they come to what is left to pay. What was planned before is replaced."
    )

    def form(self, row: Any, **kwargs: Any) -> forms.Form:
        form = forms.Form(**kwargs)
        for place in range(_PARTS):
            is_first = place == 0
            initial = row.left if is_first else None
            form.fields[f"amount_{place}"] = money(
                _("Amount, tenge"), required=is_first, initial=initial
            )
            form.fields[f"due_on_{place}"] = _day(_("To be paid by"), required=is_first)
        return form

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        parts = [
            (answers[f"amount_{place}"], answers[f"due_on_{place}"])
            for place in range(_PARTS)
            if answers[f"amount_{place}"] and answers[f"due_on_{place}"]
        ]
        payments.plan(row, parts, by=by, at=at)
        return _("The instalments are planned.")


class PayForm(forms.Form):
    instalment = forms.ModelChoiceField(
        label=gettext_lazy("Instalment"),
        queryset=Instalment.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    order_number = forms.CharField(
        label=gettext_lazy("Number of the payment order"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(),
    )
    paid_on = _day(gettext_lazy("Paid"))


class Pay(_ToBePaid):
    name = "pay"
    label = gettext_lazy("Record a payment…")
    form_class = PayForm
    explanation = gettext_lazy(
        "Refused while the organisation is suspended, in liquidation, or under an exclusion of "
        "the law."
    )

    def prepare(self, form: Any, row: Any, *, on: date) -> None:
        rows = row.instalments.exclude(state=InstalmentState.CANCELLED)
        # What is sent may be sent twice: the verb knows whether it is the same payment.
        if not form.is_bound:
            rows = rows.filter(state=InstalmentState.PLANNED)
        form.fields["instalment"].queryset = rows

    def hindrance(self, row: Award, *, on: date) -> str:
        blocks = eligibility.payment_blocks(row.organisation, on)
        if blocks:
            return " ".join(f"{reason.words} {reason.cure}" for reason in blocks)
        if not row.instalments.filter(state=InstalmentState.PLANNED).exists():
            return _("No instalment is planned. Plan what is left to pay first.")
        return ""

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = payments.pay(**{"instalment": answers.pop("instalment"), **answers}, by=by, at=at)
        return _("Recorded: %(amount)s were paid.") % {"amount": tenge(made.amount)}


class DemandForm(forms.Form):
    amount = money(gettext_lazy("Amount, tenge"))
    due_on = _day(gettext_lazy("To be returned by"))
    ground = forms.CharField(
        label=gettext_lazy("Ground"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class Demand(_Back):
    name = "demand"
    label = gettext_lazy("Demand money back…")
    permission = MANAGE
    form_class = DemandForm
    is_grave = True

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        payments.demand(row, **answers, by=by, at=at)
        return _("The demand is recorded.")


class TakeBackForm(forms.Form):
    amount = money(gettext_lazy("Amount, tenge"))
    received_on = _day(gettext_lazy("Received"))
    reference = forms.CharField(
        label=gettext_lazy("Number of the bank's document"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(),
    )
    answers = forms.ModelChoiceField(
        label=gettext_lazy("Answers the demand"),
        queryset=RepaymentDemand.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


class TakeBack(_Back):
    name = "take_back"
    label = gettext_lazy("Record money that came back…")
    form_class = TakeBackForm
    explanation = gettext_lazy("It goes to the state budget and is not granted again.")

    def prepare(self, form: Any, row: Any, *, on: date) -> None:
        form.fields["answers"].queryset = row.demands.all()

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        payments.take_back(row, **answers, by=by, at=at)
        return _("The return is recorded.")


class AskForm(forms.Form):
    from_on = _day(gettext_lazy("Period from"))
    until_on = _day(gettext_lazy("Period until and including"))
    due_on = _day(gettext_lazy("Due date"))


class AskReport(_OfMoney):
    name = "ask"
    label = gettext_lazy("Ask for an interim report…")
    permission = MANAGE
    form_class = AskForm
    states = (AwardState.ACTIVE, AwardState.SUSPENDED)

    def run(self, row: Award, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reports.ask(row, **answers, by=by, at=at)
        return _("The report is asked for.")


def sums(row: Award) -> list[tuple[str, str]]:
    return [
        (_("Amount of the grant"), tenge(row.amount)),
        (_("Paid"), tenge(row.paid)),
        (_("Left to pay"), tenge(row.left)),
        (_("Returned"), tenge(row.returned)),
    ]


class HasLostStanding(admin.SimpleListFilter):
    """As the timetable last found it; the award's page says what is so now."""

    title = gettext_lazy("Has the organisation lost its standing?")
    parameter_name = "lost_standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        lost = standing.warned(Award.objects.all())
        if self.value() == "yes":
            return queryset.filter(pk__in=lost)
        if self.value() == "no":
            return queryset.exclude(pk__in=lost)
        return queryset


@admin.register(Award)
class AwardAdmin(CaseAdmin):
    region = region_path = "organisation__region"
    page = "admin/grants/case.html"
    verbs = (
        Plan(),
        Pay(),
        AskReport(),
        Suspend(),
        Resume(),
        Complete(),
        Demand(),
        TakeBack(),
        Lapse(),
        Terminate(),
    )
    names_itself = True
    list_display = ("number", "organisation", "lot", "state", "amount", "paid", "returned")
    list_filter = ("state", HasLostStanding, "lot__call")
    search_fields = ("number", "organisation__number", "organisation__bin")
    list_select_related = ("organisation", "lot")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/document/",
            self.admin_site.admin_view(self.document_view),
            name="grants_award_document",
        )
        return [own, *super().get_urls()]

    def document_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        row = self.fetch(request, object_id, "grants.view_award")
        if row.agreement_file is None:
            raise Http404
        return uploads.download(row.agreement_file)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        return rows.select_related("organisation", "lot__call")

    def about(self, request: HttpRequest, row: Award) -> dict[str, Any]:
        on = today(request)
        against = sorted(
            eligibility.register_against([row.organisation], on)[row.organisation_id],
            key=lambda reason: not reason.blocks_payment,
        )
        return {
            "under": f"{row.organisation.name} · {capfirst(row.get_state_display())}",
            "file_url": reverse("admin:grants_award_document", args=[row.pk])
            if row.agreement_file_id
            else "",
            "facts": [
                *sums(row),
                (_("Call"), row.lot.call),
                (_("Lot"), row.lot),
                (_("The project begins"), shown.day(row.starts_on)),
                (_("The project ends"), shown.day(row.ends_on)),
                (_("To be accepted by"), shown.day(row.accept_by_on)),
                (_("Accepted"), shown.moment(row.accepted_at)),
            ],
            "tables": [
                (
                    _("What the organisation's entry says now"),
                    [_("What"), _("Stops payments"), _("What cures it")],
                    [
                        (held.words, _("yes") if held.blocks_payment else _("no"), held.cure)
                        for held in against
                    ],
                ),
                (
                    _("Instalments"),
                    [_("Number"), _("Amount, tenge"), _("To be paid by"), _("State")],
                    [
                        (
                            part.position,
                            tenge(part.amount),
                            shown.day(part.due_on),
                            part.get_state_display(),
                        )
                        for part in row.instalments.all()
                    ],
                ),
                (
                    _("Reports"),
                    [_("Report"), _("Due date"), _("State")],
                    [
                        (held.get_kind_display(), shown.day(held.due_on), held.get_state_display())
                        for held in row.reports.all()
                    ],
                ),
                (
                    _("History"),
                    [_("What happened"), _("Amount, tenge"), _("Reason"), _("By"), _("At")],
                    [
                        (
                            event.get_kind_display(),
                            tenge(event.amount),
                            standing.words(event),
                            event.by or "",
                            shown.moment(event.at),
                        )
                        for event in row.events.select_related("by")
                    ],
                ),
            ],
        }
