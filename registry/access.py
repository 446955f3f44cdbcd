"""Which organisations may this person act for?

Every page for an NGO fetches its organisation here, so that none can be had without the check.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from registry.models import Organisation
from registry.querysets import OrganisationQuerySet


def organisations_of(user: User | AnonymousUser) -> OrganisationQuerySet:
    """The organisations that the person represents now; none for a visitor."""
    if not user.is_authenticated:
        return Organisation.objects.none()
    return Organisation.objects.acted_for_by(user)


def acting_for(user: User | AnonymousUser, number: str) -> Organisation:
    """The organisation of that register number, for a person who represents it now.

    A wrong number and another's organisation answer alike, so that nobody learns by asking.
    """
    try:
        return organisations_of(user).select_related("legal_form", "region").get(number=number)
    except Organisation.DoesNotExist:
        raise Http404(_("There is no such organisation among those you act for.")) from None
