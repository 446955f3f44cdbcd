"""Which organisations get a later due date than the others? By region and last digit of the BIN.

The campaign's own date is the first one: a cohort's lies behind it, so that whatever says "by this
day, your own may be later" is true for everybody. An organisation is in the first cohort whose
rule it meets, or in none: so it is always in exactly one place, and numbers add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from registry.models import Organisation, Region
from reregistration.models import Campaign, Cohort
from reregistration.states import CampaignState


def condition(cohort: Cohort) -> Q:
    """Meets the cohort's rule, as a condition on an organisation. Without a BIN no digit is met."""
    meets = Q()
    if cohort.regions:
        meets &= Q(region__in=cohort.regions)
    if cohort.bin_digits:
        digits = "".join(str(digit) for digit in cohort.bin_digits)
        meets &= Q(bin__regex=f"[{digits}]$")
    return meets


def first_met(campaign: Campaign) -> Case | Value:
    """The key of the cohort that an organisation is in, as an expression; null for none."""
    rules = [When(condition(row), then=Value(row.pk)) for row in campaign.cohorts.all()]
    nothing = Value(None, IntegerField())
    return Case(*rules, default=nothing, output_field=IntegerField()) if rules else nothing


def of_organisations(campaign: Campaign, organisation_ids: Sequence[int]) -> dict[int, Cohort]:
    """The cohorts of those organisations that are in one."""
    by_key = {row.pk: row for row in campaign.cohorts.all()}
    if not by_key:
        return {}
    found = (
        Organisation.objects.filter(pk__in=organisation_ids)
        .annotate(cohort_id=first_met(campaign))
        .values_list("pk", "cohort_id")
    )
    return {pk: by_key[cohort_id] for pk, cohort_id in found if cohort_id}


def words(cohort: Cohort, names: dict[str, str] | None = None) -> str:
    """The rule in words; `names` are those of the regions, for whoever says many."""
    names = region_names() if names is None else names
    said = []
    if cohort.regions:
        said.append(", ".join(names.get(code, code) for code in cohort.regions))
    if cohort.bin_digits:
        digits = ", ".join(str(digit) for digit in cohort.bin_digits)
        said.append(_("BIN ends in %(digits)s") % {"digits": digits})
    return "; ".join(said)


def region_names() -> dict[str, str]:
    return {region.pk: region.name for region in Region.objects.all()}


@transaction.atomic
def add(
    campaign: Campaign, *, regions: Sequence[str], bin_digits: Sequence[int], due_on: date
) -> Cohort:
    """Give a part of a drafted campaign a later due date, behind the cohorts there are.

    Refuses a campaign that was opened, no rule or an unknown one, a rule that a cohort has, and a
    date that does not lie behind the campaign's.
    """
    fresh = _draft(campaign)
    chosen, digits = sorted(set(regions)), sorted(set(bin_digits))
    if not chosen and not digits:
        raise Refused(_("Choose regions or last digits: the others have the campaign's own date."))
    if set(chosen) - set(region_names()) or set(digits) - set(range(10)):
        raise Refused(_("There is no such region or digit. Choose from the list."))
    if fresh.cohorts.filter(regions=chosen, bin_digits=digits).exists():
        raise Refused(_("A cohort with this rule is there already. Reload the page."))
    refuse_unless_later(fresh, due_on)
    last = fresh.cohorts.last()
    return Cohort.objects.create(
        campaign=fresh,
        number=last.number + 1 if last else 1,
        regions=chosen,
        bin_digits=digits,
        due_on=due_on,
    )


@transaction.atomic
def remove(cohort: Cohort) -> None:
    """Take a cohort out of a drafted campaign; safe to repeat. Refuses once it was opened."""
    _draft(cohort.campaign)
    Cohort.objects.filter(pk=cohort.pk).delete()


def refuse_unless_later(campaign: Campaign, due_on: date) -> None:
    """The campaign's own date is the first one."""
    if due_on <= campaign.due_on:
        raise Refused(
            _(
                "A cohort's due date lies after the campaign's own, %(due)s. Choose a later day, "
                "or set an earlier date for the campaign."
            )
            % {"due": date_format(campaign.due_on)}
        )


def _draft(campaign: Campaign) -> Campaign:
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if fresh.state != CampaignState.DRAFT:
        raise Refused(
            _("The cohorts stand since the campaign was opened. Only a date can be moved.")
        )
    return fresh
