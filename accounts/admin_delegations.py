"""What roles do I hold, for whom do I stand in, who stands in for me? And leaving a role to others.

Each member of staff sees what concerns them; an operator and an auditor see all of it.
"""

# ruff: noqa: ARG002 - the admin gives what a method may not need

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, cast

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts import delegations, region_names
from accounts.admin_bases import ViewOnlyAdmin
from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import DelegatedAct, Delegation, RoleGrant, User
from accounts.refusals import Refused

# Who keeps or audits the accounts sees everybody's.
SEE_ALL = "accounts.view_rolegrant"
ADD = "accounts.add_delegation"


class DelegateForm(forms.Form):
    grant = forms.ModelChoiceField(
        RoleGrant.objects.none(),
        label=gettext_lazy("Which role"),
        widget=UnfoldAdminSelectWidget,
    )
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who stands in"),
        help_text=gettext_lazy(
            "Where two people are needed, the two of you count as one as long as it lasts."
        ),
        widget=UnfoldAdminSelectWidget,
    )
    from_on = forms.DateField(label=gettext_lazy("From"), widget=UnfoldAdminDateWidget)
    until_on = forms.DateField(
        label=gettext_lazy("Until and including"),
        help_text=gettext_lazy("It ends by itself at midnight of that day."),
        widget=UnfoldAdminDateWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is kept, and shown to an auditor and a court."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, by: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = RoleGrant.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=on))
        if not by.has_perm(delegations.MANAGE):
            rows = rows.filter(user=by)
        grant: Any = self.fields["grant"]
        grant.queryset = rows.select_related("user").order_by("user__last_name", "pk")
        grant.label_from_instance = _with_regions
        to: Any = self.fields["to"]
        to.queryset = (
            User.objects.filter(is_staff=True, is_active=True)
            .exclude(pk=by.pk)
            .order_by("last_name", "first_name", "pk")
        )


def _with_regions(grant: RoleGrant) -> str:
    return f"{grant} ({region_names.in_words(grant.regions)})"


class EndEarly(Verb):
    name = "end"
    label = gettext_lazy("End it early…")
    permission = "accounts.end_delegation"
    is_grave = True
    explanation = gettext_lazy(
        "From now on it gives no right. What was done by it stays, and stays counted as done by "
        "both."
    )

    def suits(self, row: Delegation) -> bool:
        return row.ended_on is None

    def run(self, row: Delegation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        delegations.end(row, by=by, at=at)
        return _("The delegation has ended.")


@admin.register(Delegation)
class DelegationAdmin(CaseAdmin):
    page = "admin/accounts/delegation.html"
    verbs = (EndEarly(),)
    list_display = ("delegator", "delegate", "role", "from_on", "until_on", "ended_on")
    list_display_links = ("delegator",)
    ordering = ("-until_on", "-pk")
    search_fields = (
        "delegator__last_name",
        "delegator__email",
        "delegate__last_name",
        "delegate__email",
    )
    search_help_text = gettext_lazy("Surname or e-mail of either of the two")
    list_before_template: Any = "admin/accounts/my_roles.html"
    names_itself: ClassVar[bool] = True

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        user = person(request)
        if not user.has_perm(SEE_ALL):
            rows = rows.filter(Q(delegator=user) | Q(delegate=user))
        return rows.select_related("grant__user", "delegator", "delegate", "made_by", "ended_by")

    @display(description=cast(Any, gettext_lazy("ministry role")))
    def role(self, row: Delegation) -> str:
        return str(row.grant.get_role_display())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list, under what the person who asks holds today and for whom."""
        context: dict[str, Any] = {
            **(extra_context or {}),
            "held": [
                (grant.get_role_display(), region_names.in_words(grant.regions), held_for, lent)
                for grant, held_for, lent in held(person(request), today(request))
            ],
            "may_delegate": self.has_add_permission(request),
        }
        return super().changelist_view(request, context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(ADD)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Leave a role to a colleague."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = DelegateForm(
            request.POST if request.method == "POST" else None,
            by=person(request),
            on=today(request),
        )
        if request.method == "POST" and form.is_valid():
            try:
                made = delegations.delegate(
                    **form.cleaned_data, by=person(request), at=arrived_at(request)
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request,
                    _("%(person)s stands in from %(from)s until %(until)s.")
                    % {
                        "person": made.delegate,
                        "from": date_format(made.from_on),
                        "until": date_format(made.until_on),
                    },
                )
                return HttpResponseRedirect(self.row_url(made))
        return self.render(
            request,
            "admin/accounts/delegate.html",
            None,
            title=_("Leave a role to a colleague"),
            form=form,
        )

    def about(self, request: HttpRequest, row: Delegation) -> dict[str, Any]:
        acts = row.acts.order_by("-pk")
        return {
            "regions": region_names.in_words(row.grant.regions),
            "acts": [(act.at, in_words(act)) for act in acts[:20]],
            "act_count": acts.count(),
        }


def in_words(act: DelegatedAct) -> str:
    """What was done, with a link to the row: it is kept as model, key and the verb's name."""
    row, _space, name = act.what.partition(" ")
    label, _colon, key = row.partition(":")
    try:
        model = apps.get_model(label)
        address = reverse(f"admin:{label.replace('.', '_')}_change", args=[key])
    except (LookupError, ValueError, NoReverseMatch):
        return act.what
    verbs = getattr(admin.site._registry.get(model), "verbs", ())
    done = next((str(verb.label).rstrip("…") for verb in verbs if verb.name == name), name)
    called = capfirst(model._meta.verbose_name)
    return format_html('<a href="{}">{} № {}</a>: {}', address, called, key, done)


def held(user: User, on: date) -> list[tuple[RoleGrant, Delegation | None, Delegation | None]]:
    """What the person holds that day: each role, by whose delegation if it is not their own, and
    who stands in for them in it."""
    grants = RoleGrant.objects.held_by(user, on).select_related("user").order_by("pk")
    lent = {
        row.grant_id: row
        for row in Delegation.objects.of(user)
        .in_force(on)
        .select_related("delegator", "delegate", "grant")
    }
    return [
        (grant, None, lent.get(grant.pk))
        if grant.user_id == user.pk
        else (grant, lent.get(grant.pk), None)
        for grant in grants
    ]


@admin.register(DelegatedAct)
class DelegatedActAdmin(ViewOnlyAdmin):
    list_display = ("at", "delegate", "delegator", "done", "permission")
    list_display_links = ("at",)
    ordering = ("-pk",)
    search_fields = ("what", "delegation__delegate__last_name", "delegation__delegator__last_name")
    search_help_text = gettext_lazy("Surname of either of the two")
    readonly_fields = ("done",)
    fields = ("at", "delegation", "done", "permission")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        user = person(request)
        if not user.has_perm(SEE_ALL):
            rows = rows.filter(Q(delegation__delegator=user) | Q(delegation__delegate=user))
        return rows.select_related(
            "delegation__delegator", "delegation__delegate", "delegation__grant"
        )

    @display(description=cast(Any, gettext_lazy("what")), ordering="what")
    def done(self, row: DelegatedAct) -> str:
        return in_words(row)

    @display(description=cast(Any, gettext_lazy("delegate")))
    def delegate(self, row: DelegatedAct) -> str:
        return str(row.delegation.delegate)

    @display(description=cast(Any, gettext_lazy("on behalf of")))
    def delegator(self, row: DelegatedAct) -> str:
        return str(row.delegation.delegator)
