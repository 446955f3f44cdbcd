"""What must a decision letter name? Its ground, who decided, the remedy, its term, where to file.

The law's articles, the terms and the addresses are the campaign's data; who decided is given by
the verb that decides. All of it is frozen into the letter when the letter is made.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts import signatories
from accounts.models import User
from notices.states import DECISIONS, Kind
from notices.variables import in_languages
from registry.calendar import day_of
from reregistration.models import Campaign

# What an organisation has complained of, or objected to, was looked at twice: the court is next.
TO_COURT = (Kind.ANSWER_DECIDED,)
_COMPLAINT = gettext_lazy(
    "you may complain to the authorised body; somebody who took no part in this decision decides "
    "on your complaint"
)
_COURT = gettext_lazy("you may go to court")


def signed_by(*signatures: tuple[User, datetime], permission: str) -> dict[str, str]:
    """The variable that names who decided: each with the post held on the day of deciding."""
    named = [
        (person.get_full_name(), signatories.post_of(person, permission, on=day_of(at)))
        for person, at in signatures
    ]
    return in_languages("signatory", lambda: "; ".join(f"{name}, {post}" for name, post in named))


def remedies(campaign: Campaign, kind: Kind) -> dict[str, str]:
    """The variables that say what one may do against a decision; none for other letters."""
    if kind not in DECISIONS:
        return {}
    goes_to_court = kind in TO_COURT
    remedy: str | Promise = _COURT if goes_to_court else _COMPLAINT
    months = campaign.court_months if goes_to_court else campaign.complaint_months
    return {
        **in_languages("remedy", lambda: remedy),
        **in_languages("remedy_term", lambda: _within(months)),
        **in_languages(
            "file_to", lambda: campaign.court if goes_to_court else campaign.body_with_address
        ),
    }


def _within(months: int) -> str:
    if months == 1:
        return gettext("within one month of receiving this letter")
    return gettext("within %(months)d months of receiving this letter") % {"months": months}
