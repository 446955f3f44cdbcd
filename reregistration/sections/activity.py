"""What the organisation does, for whom, where, and with how many people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import CountField
from registry.models import Region
from reregistration.models import Filing
from reregistration.sections import facts
from reregistration.sections.section import Part, Section, answers_in


class ActivityForm(facts.AreasForm, facts.VolunteersForm):
    target_groups = forms.MultipleChoiceField(
        label=_("For whom it works"),
        choices=[
            ("children", _("children and young people")),
            ("women", _("women")),
            ("elderly", _("elderly people")),
            ("disabled", _("people with disabilities")),
            ("poor", _("families with many children or little income")),
            ("veterans", _("veterans")),
            ("ngos", _("other NGOs")),
            ("everyone", _("everyone")),
            ("other", _("others")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    territory = forms.MultipleChoiceField(
        label=_("Regions where it works"), widget=forms.CheckboxSelectMultiple
    )
    full_time = CountField(label=_("Employees, full time"), help_text=_("None? Write 0."))
    part_time = CountField(label=_("Employees, part time"), help_text=_("None? Write 0."))
    field_order = (
        "activity_areas",
        "target_groups",
        "territory",
        "full_time",
        "part_time",
        "volunteers",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        territory: Any = self.fields["territory"]
        territory.choices = [(region.kato, region.name) for region in Region.objects.all()]


def _employees(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Both kinds together; one alone counts for both, none says nothing."""
    stated = [answers.get(name) for name in ("full_time", "part_time")]
    given = [count for count in stated if count is not None]
    return {"employees": sum(given)} if given else {}


def _are_counted(filing: Filing) -> bool:
    return bool(_employees(answers_in(filing, "activity")))


ACTIVITY = Section(
    code="activity",
    title=_("Activity and people"),
    form=ActivityForm,
    parts=(
        facts.AREAS,
        Part("full_time", _("Employees, full time or part time"), _are_counted),
        facts.VOLUNTEERS,
    ),
    computed=_employees,
)
