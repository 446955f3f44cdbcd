"""What staff do with a row in the admin: verbs on the rows of one's regions.

No such page has a form that writes a row. A list, one page a row, and verbs: each a page of its
own that asks (GET) and does (POST), so that opening a page never changes anything.
"""

# ruff: noqa: ARG002 - the admin gives what a method may not need

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import access, delegations
from accounts.admin_bases import ViewOnlyAdmin
from accounts.models import User
from accounts.refusals import Refused


def arrived_at(request: HttpRequest) -> datetime:
    """The moment the request arrived: the one clock of these pages."""
    return cast(datetime, request.arrived_at)  # type: ignore[attr-defined]


def today(request: HttpRequest) -> date:
    return timezone.localdate(arrived_at(request))


def person(request: HttpRequest) -> User:
    """Who asks; the admin lets only signed-in staff this far."""
    return cast(User, request.user)


class ReasonForm(forms.Form):
    """Why staff do it, in their own words."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is kept, and shown to an auditor and a court."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Verb:
    """Something that staff do with one row: its page, its form, and the one call behind it."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    permission: ClassVar[str]
    # What the page says before one does it.
    explanation: ClassVar[str | Promise] = ""
    form_class: ClassVar[type[forms.Form]] = forms.Form
    template: ClassVar[str] = "admin/desk/verb.html"
    # Whether the row's page has the button itself, without a page in between.
    at_once: ClassVar[bool] = False
    is_grave: ClassVar[bool] = False
    # The key that opens its page from the row's page (static/shortcuts.js); it decides nothing.
    shortcut: ClassVar[str] = ""
    # Whether it touches every region, so that a grant for some of them does not do.
    is_nationwide: ClassVar[bool] = False
    # Where one lands after it: on the row's page, or on the list.
    ends_on_list: ClassVar[bool] = False

    def suits(self, row: Any) -> bool:
        """Whether the row's state lets it; the verb itself checks again."""
        raise NotImplementedError

    def form(self, row: Any, **kwargs: Any) -> forms.Form:
        return self.form_class(**kwargs)

    def empty_form(self, row: Any, asked: Mapping[str, Any]) -> forms.Form:
        """The form as it opens; `asked` are the address's parameters."""
        return self.form(row)

    def prepare(self, form: Any, row: Any, *, on: date) -> None:
        """Fill in what of the form depends on the row and the day: choices, for one."""

    def context(self, row: Any, *, on: date) -> dict[str, Any]:
        return {}

    def hindrance(self, row: Any, *, on: date) -> str:
        """Why it cannot be done that day though the row's state lets it, in place of the form."""
        return ""

    def run(self, row: Any, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        """Do it; returns the sentence that says so. May raise Refused."""
        raise NotImplementedError


class VerbsMixin:
    """Verbs on the rows of a ModelAdmin, each at <row>/<verb>/."""

    verbs: ClassVar[tuple[Verb, ...]] = ()
    # Whether a row's own name tells a person which one it is.
    names_itself: ClassVar[bool] = False
    # The lookup path from a row to its region.
    region: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        admin = cast(Any, self)
        return self.seen_with(request, f"{admin.opts.app_label}.view_{admin.opts.model_name}")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        """The rows of the regions in which the person holds that permission today."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if not self.region:
            return rows
        return access.within(
            rows, self.region, user=person(request), permission=permission, on=today(request)
        )

    def get_urls(self) -> list[URLPattern]:
        admin = cast(Any, self)
        prefix = f"{admin.opts.app_label}_{admin.opts.model_name}"
        own = [
            path(
                f"<path:object_id>/{verb.name}/",
                admin.admin_site.admin_view(self.verb_view),
                {"verb": verb},
                name=f"{prefix}_{verb.name}",
            )
            for verb in self.verbs
        ]
        return own + super().get_urls()  # type: ignore[misc,no-any-return]

    def fetch(self, request: HttpRequest, object_id: str, permission: str) -> Any:
        """The row, for someone who holds the permission in its region; else 403 or 404."""
        if not person(request).has_perm(permission):
            raise PermissionDenied
        try:
            return self.seen_with(request, permission).get(pk=unquote(object_id))
        except (cast(Any, self).model.DoesNotExist, ValueError):
            raise Http404(_("There is no such row among those you may see.")) from None

    def verb_view(self, request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
        """Ask on GET, do on POST; a refusal becomes a sentence on the page."""
        row = self.fetch(request, object_id, verb.permission)
        if not self.may_use(request, verb):
            raise PermissionDenied
        is_post = request.method == "POST"
        if not is_post and not verb.suits(row):
            messages.error(request, _("That is not possible now: look at the state of the row."))
            return HttpResponseRedirect(self.row_url(row))
        # What the address asks for, a saved answer for one, only fills the form.
        form = (
            verb.form(row, data=request.POST, files=request.FILES)
            if is_post
            else verb.empty_form(row, request.GET)
        )
        verb.prepare(form, row, on=today(request))
        if is_post and form.is_valid():
            try:
                with self.recorded(request, verb, row):
                    done = verb.run(
                        row, form.cleaned_data, by=person(request), at=arrived_at(request)
                    )
            except Refused as refusal:
                if not form.fields:
                    messages.error(request, str(refusal))
                    return self.after(verb, row)
                form.add_error(None, str(refusal))
            else:
                messages.success(request, done)
                return self.after(verb, row)
        return self.render(
            request,
            verb.template,
            row,
            title=str(verb.label).rstrip("…"),
            verb=verb,
            form=form,
            hindrance=verb.hindrance(row, on=today(request)),
            **verb.context(row, on=today(request)),
        )

    def recorded(
        self, request: HttpRequest, verb: Verb, row: Model
    ) -> AbstractContextManager[None]:
        """What is done by a delegated role is recorded as done on another's behalf."""
        region = None
        if self.region:
            found = type(row)._default_manager.filter(pk=row.pk)
            region = found.values_list(self.region, flat=True).first()
        return delegations.recorded(
            person(request),
            verb.permission,
            f"{row._meta.label_lower}:{row.pk} {verb.name}",
            at=arrived_at(request),
            region=region,
        )

    def after(self, verb: Verb, row: Model) -> HttpResponse:
        return HttpResponseRedirect(self.list_url() if verb.ends_on_list else self.row_url(row))

    def list_url(self) -> str:
        opts = cast(Any, self).opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")

    def row_url(self, row: Model) -> str:
        opts = cast(Any, self).opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])

    def name_of(self, row: Any) -> str:
        """How a verb's page calls the row."""
        return str(row)

    def may_use(self, request: HttpRequest, verb: Verb) -> bool:
        """Whether the person holds the verb's permission, everywhere if it touches everyone."""
        user = person(request)
        if not user.has_perm(verb.permission):
            return False
        if not verb.is_nationwide:
            return True
        return access.regions_with(user, verb.permission, today(request)) is None

    def verbs_for(self, request: HttpRequest, row: Any) -> list[tuple[Verb, str]]:
        """What this person may do with the row now, with its address."""
        opts = cast(Any, self).opts
        return [
            (verb, reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb.name}", args=[row.pk]))
            for verb in self.verbs
            if verb.suits(row)
            and self.may_use(request, verb)
            and self.seen_with(request, verb.permission).filter(pk=row.pk).exists()
        ]

    def render(
        self, request: HttpRequest, template: str, row: Any, **context: Any
    ) -> TemplateResponse:
        admin = cast(Any, self)
        request.current_app = admin.admin_site.name
        return TemplateResponse(
            request,
            template,
            {
                **admin.admin_site.each_context(request),
                "opts": admin.opts,
                "original": row if self.names_itself else None,
                "row": row,
                "row_url": self.row_url(row) if row is not None else "",
                "row_name": self.name_of(row) if row is not None else "",
                "list_url": self.list_url(),
                **context,
            },
        )


class CaseAdmin(VerbsMixin, ViewOnlyAdmin):  # type: ignore[misc]
    """Rows of one's regions, each with a page to read and its verbs."""

    page: ClassVar[str]
    list_per_page = 50
    # One COUNT a page is enough.
    show_full_result_count = False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's page. Nothing is posted here: a state changes by a verb alone."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        permission = f"{self.opts.app_label}.view_{self.opts.model_name}"
        row = self.fetch(request, object_id, permission)
        about = {"title": str(row), "verbs": self.verbs_for(request, row)}
        return self.render(request, self.page, row, **{**about, **self.about(request, row)})

    def about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the row's page shows."""
        return {}
