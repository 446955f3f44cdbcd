"""“Nothing has changed”: what is held, confirmed; and the figures of the year."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.models import Filing
from reregistration.sections import facts
from reregistration.sections.section import Part, Section, SectionForm, answers_in


class HeldForm(SectionForm):
    confirmed = forms.BooleanField(label=_("All of this is right"))


class FiguresForm(facts.PeopleForm, facts.TotalsForm):
    field_order = ("employees", "volunteers", "income", "spending")


def _is_confirmed(filing: Filing) -> bool:
    return bool(answers_in(filing, "held").get("confirmed"))


HELD = Section(
    code="held",
    title=_("What the register holds"),
    form=HeldForm,
    about=_("Read it. If something is wrong, go back and choose “Our details”."),
    parts=(
        Part("confirmed", _("All of this is right"), _is_confirmed),
        facts.NAME_KK,
        facts.NAME_RU,
        facts.HEAD,
        facts.REACH,
    ),
    covers=("identity", "addresses", "contacts", "management"),
    shows_held=True,
)
FIGURES = Section(
    code="figures",
    title=_("Figures of the year"),
    form=FiguresForm,
    parts=(facts.EMPLOYEES, facts.VOLUNTEERS, facts.INCOME, facts.SPENDING),
    covers=("activity", "income", "spending"),
)
