"""As whom does one sign in to the demo? Its people, their password and their authenticator apps.

One table, as the roles are: each part of the portal adds whom its demo needs.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts import second_factor, staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role

PASSWORD = "portal-demo"  # noqa: S105 - of accounts that production refuses to make
NGO = "ngo@demo.example"
OFFICERS = ("grants@demo.example", "grants2@demo.example")
COMMISSION = ("commission@demo.example", "commission2@demo.example", "commission3@demo.example")


@dataclass(frozen=True)
class Account:
    """A person to sign in as."""

    email: str
    what: str
    role: Role | None = None
    # Who decides is named in the letter.
    name: tuple[str, str] = ("", "")


ACCOUNTS = (
    Account(NGO, "NGO administrator, acts for two organisations"),
    Account("reviewer@demo.example", "reviewer", Role.REVIEWER, ("Әсел", "Жұмабаева")),
    Account("manager@demo.example", "campaign manager", Role.CAMPAIGN_MANAGER, ("Ерлан", "Омаров")),
    Account(
        "manager2@demo.example",
        "campaign manager, signs first",
        Role.CAMPAIGN_MANAGER,
        ("Гүлнар", "Сейітова"),
    ),
    Account(
        "manager3@demo.example",
        "campaign manager, signs second",
        Role.CAMPAIGN_MANAGER,
        ("Тимур", "Ахметов"),
    ),
    Account("clerk@demo.example", "register clerk, enters representatives", Role.REGISTER_CLERK),
    Account("auditor@demo.example", "auditor, sees all and changes nothing", Role.AUDITOR),
    Account(OFFICERS[0], "grants officer", Role.GRANTS_OFFICER, ("Айгүл", "Бекова")),
    Account(
        OFFICERS[1], "grants officer, signs protocols", Role.GRANTS_OFFICER, ("Данияр", "Серіков")
    ),
    Account(
        COMMISSION[0], "commission member, scores", Role.GRANTS_REVIEWER, ("Мадина", "Ибраева")
    ),
    Account(
        COMMISSION[1], "commission member, scores", Role.GRANTS_REVIEWER, ("Бауыржан", "Әлиев")
    ),
    Account(
        COMMISSION[2],
        "commission member, has a conflict of interest",
        Role.GRANTS_REVIEWER,
        ("Светлана", "Ким"),
    ),
)


def _secret(email: str) -> str:
    """What the authenticator app of a demo account shows its codes by: the same everywhere."""
    return base64.b32encode(hashlib.sha1(f"demo:{email}".encode()).digest()).decode()  # noqa: S324 - no secret


def app_code(email: str, *, at: datetime) -> tuple[str, int]:
    """The code that a demo account's authenticator app shows, and its remaining seconds.

    Refuses in production, and for who is no demo account with a second factor.
    """
    if settings.IS_PRODUCTION:
        raise Refused("Codes are shown of demo accounts alone, and production has none.")
    user = User.objects.filter(email=email, is_staff=True).first()
    if user is None or email not in {account.email for account in ACCOUNTS}:
        raise Refused(f"{email} is no demo account of staff. `demo_accounts` lists them.")
    return second_factor.app_code(user, at.timestamp())


@transaction.atomic
def person(account: Account, *, on: date) -> User:
    """One of the demo's people, staff with an authenticator app. Safe to repeat."""
    user = User.objects.filter(email=account.email).first()
    if user is None:
        first, last = account.name
        user = User.objects.create_user(
            account.email, PASSWORD, language="ru", first_name=first, last_name=last
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if account.role:
        staff.grant_role(user, role=account.role, by=None, on=on - timedelta(days=400))
        second_factor.give_app(user, _secret(account.email))
    return user
