"""Staff let a person act for an organisation, and end it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminEmailInputWidget

from accounts import access
from accounts.admin_bases import ScopedAdmin
from accounts.models import User
from registry import representatives
from registry.models import Organisation, Representative

_SHOWN = ["organisation", "user", "role", "ground", "from_at", "until_at"]


class RepresentativeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The person is named by the address they sign in with, not picked from a list of people."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address that the person signs in with"),
        widget=UnfoldAdminEmailInputWidget(),
    )

    class Meta:
        model = Representative
        fields = ["organisation", "role", "ground"]

    def clean_email(self) -> str:
        email = cast(str, self.cleaned_data["email"]).strip().lower()
        self.instance.user = self._person(email)
        return email

    def clean(self) -> dict[str, Any] | None:
        """Refuse here what the verb would refuse, so that the form can say so."""
        cleaned = super().clean()
        organisation = self.cleaned_data.get("organisation")
        if organisation and self.instance.user_id:
            acts_already = Representative.objects.filter(
                organisation=organisation, user_id=self.instance.user_id, until_at__isnull=True
            )
            if acts_already.exists():
                raise ValidationError(_("This person acts for this organisation already."))
        return cleaned

    @staticmethod
    def _person(email: str) -> User:
        try:
            return User.objects.get(email=email)
        except User.DoesNotExist:
            raise ValidationError(
                _("Nobody signs in with this address. Ask the person to sign up first.")
            ) from None


@admin.register(Representative)
class RepresentativeAdmin(ScopedAdmin):
    region_path = "organisation__region"
    form = RepresentativeForm
    list_display = ["user", "organisation", "role", "from_at", "until_at"]
    list_filter = ["role", ("until_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__email", "organisation__number", "organisation__bin"]
    autocomplete_fields = ["organisation"]
    actions = ["end"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj:
            # A page to read; it ends by the action, so that nothing else changes with it.
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _SHOWN if obj else ["organisation", "email", "role", "ground"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _SHOWN if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "organisation":
            kwargs["queryset"] = access.within(
                Organisation.objects.listed(),
                "region",
                user=request.user,
                permission="registry.add_representative",
                on=timezone.localdate(),
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            return
        begun = representatives.begin(
            obj.organisation,
            user=obj.user,
            role=Representative.Role(obj.role),
            ground=obj.ground,
            at=timezone.now(),
        )
        obj.pk = begun.pk

    @admin.action(description=gettext_lazy("End: may act no longer"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Representative]) -> None:
        at = timezone.now()
        theirs = access.within(
            queryset,
            self.region_path,
            user=cast(User, request.user),
            permission="registry.change_representative",
            on=timezone.localdate(),
        )
        ended = sum(representatives.end(representative, at=at) for representative in theirs)
        self.message_user(
            request,
            ngettext(
                "%(count)d person may act no longer.",
                "%(count)d people may act no longer.",
                ended,
            )
            % {"count": ended},
            messages.SUCCESS,
        )
