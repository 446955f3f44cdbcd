"""The short form: two sections for an organisation with one employee or none and little money."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reregistration.sections import facts
from reregistration.sections.section import Section


class BasicsForm(facts.NamesForm, facts.SeatForm, facts.HeadForm, facts.ReachForm):
    field_order = ("name_kk", "name_ru", "name_en", "address", "head_name", "email", "phone")


class YearForm(facts.PeopleForm, facts.AreasForm, facts.TotalsForm):
    field_order = ("employees", "volunteers", "activity_areas", "income", "spending")


BASICS = Section(
    code="basics",
    title=_("The organisation"),
    form=BasicsForm,
    parts=(facts.NAME_KK, facts.NAME_RU, facts.ADDRESS, facts.HEAD, facts.REACH),
    covers=("identity", "addresses", "contacts", "management"),
    shows_held=True,
)
YEAR = Section(
    code="year",
    title=_("People, activity and money"),
    form=YearForm,
    parts=(facts.EMPLOYEES, facts.VOLUNTEERS, facts.AREAS, facts.INCOME, facts.SPENDING),
    covers=("activity", "income", "spending"),
)
