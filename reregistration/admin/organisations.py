"""Rows that belong to an organisation: found and listed by it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_verbs import CaseAdmin
from registry.models import Organisation
from reregistration.admin.columns import column


class OrganisationRowsAdmin(CaseAdmin):
    """A list with the organisation's number, name and region, searched as the register is."""

    # The attributes from a row to its organisation, and what else the list reads.
    to_organisation: ClassVar[str] = "organisation"
    also_read: ClassVar[tuple[str, ...]] = ()
    # Named so that the box is there; get_search_results reads it.
    search_fields = ("pk",)
    search_help_text = _("BIN, name or register number")

    @property
    def _path(self) -> str:
        return self.to_organisation.replace(".", "__")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        return rows.select_related(f"{self._path}__region", *self.also_read)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            found = Organisation.objects.search(search_term).values("pk")
            queryset = queryset.filter(**{f"{self._path}__in": found})
        return queryset, False

    def organisation_of(self, row: Any) -> Organisation:
        organisation: Organisation = attrgetter(self.to_organisation)(row)
        return organisation

    def name_of(self, row: Any) -> str:
        organisation = self.organisation_of(row)
        own = str(row) if self.names_itself else organisation.number
        return f"{own} · {organisation.name}"

    @column(_("register number"))
    def organisation_number(self, row: Any) -> str:
        return self.organisation_of(row).number

    @column(_("organisation"))
    def organisation_name(self, row: Any) -> str:
        return self.organisation_of(row).name

    @column(_("region"))
    def region_name(self, row: Any) -> str:
        return self.organisation_of(row).region.name
