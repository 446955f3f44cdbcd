"""The people who act for an organisation: who they are, and that all of them hear of a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import addresses, notice
from notices.addresses import Address
from notices.notice import Draft
from notices.states import Channel, Kind
from notices.variables import in_languages
from registry.models import Organisation, Representative


def lock(organisation: Organisation) -> Organisation:
    """The organisation's row, locked: who acts for it changes under this lock alone."""
    locked: Organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=organisation.pk
    )
    return locked


def acting(organisation: Organisation) -> QuerySet[Representative]:
    """Those who can act for it now: begun, not ended, with an account that is open."""
    return organisation.representatives.filter(until_at__isnull=True, user__is_active=True)


def managers(organisation: Organisation) -> QuerySet[Representative]:
    return acting(organisation).filter(role=Representative.Role.MANAGER)


def refuse_unless_manager(organisation: Organisation, by: User) -> None:
    if not managers(organisation).filter(user=by).exists():
        raise Refused(_("Only a manager of this NGO may do that. Ask one of its managers."))


def named(user: User) -> str:
    """A person as others who act for the organisation see them."""
    name = user.get_full_name()
    return f"{name} ({user.email})" if name else user.email


def own_address(user: User) -> Address:
    is_verified = EmailAddress.objects.filter(
        user=user, email__iexact=user.email, verified=True
    ).exists()
    return Address(Channel.EMAIL, user.email, user.pk, is_verified)


def addresses_of(organisation: Organisation) -> tuple[Address, ...]:
    """Every e-mail address of those who act and of the register."""
    return addresses.lines_of([organisation])[organisation.pk].emails


def tell_begun(begun: Representative, *, by: User | None, at: datetime) -> None:
    """Tell the others that a person acts for the organisation from now on."""
    _tell(
        begun,
        "begun",
        lambda: (
            _("%(person)s may act as %(role)s")
            % {"person": named(begun.user), "role": begun.get_role_display()}
        ),
        by=by,
        at=at,
    )


def tell_ended(ended: Representative, *, by: User, at: datetime) -> None:
    """Tell everybody, the person too, that they may act no longer."""
    _tell(
        ended,
        "ended",
        lambda: _("%(person)s may act no longer") % {"person": named(ended.user)},
        by=by,
        at=at,
        also=(own_address(ended.user),),
    )


def _tell(
    concerned: Representative,
    occasion: str,
    change: Callable[[], str],
    *,
    by: User | None,
    at: datetime,
    also: tuple[Address, ...] = (),
) -> None:
    others = {
        address.text: address
        for address in (*addresses_of(concerned.organisation), *also)
        if address.text != concerned.user.email or also
    }
    if not others:
        return
    draft = Draft(
        organisation=concerned.organisation,
        source=f"representative:{concerned.pk}",
        cycle=1,
        kind=Kind.PEOPLE_CHANGED,
        occasion=occasion,
        variables={
            "changed_by": named(by) if by else "—",
            **in_languages("change", change),
        },
        to=tuple(others.values()),
    )
    notice.register([draft], at=at)
