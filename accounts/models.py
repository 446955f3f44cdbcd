"""Who signs in, and which ministry roles do they hold?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    BigIntegerRangeField,
    DateRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.querysets import DelegatedActQuerySet, DelegationQuerySet, RoleGrantQuerySet
from accounts.roles import Role


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in by e-mail; there are no user names."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person. Signs in by e-mail address, with a password or a one-time code."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # A code that was sent to it came back; only then may the person sign in by it.
    phone_is_verified = models.BooleanField(_("phone is verified"), default=False)
    language = models.CharField(
        _("language of letters"),
        max_length=2,
        choices=[("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")],
        default="kk",
    )
    # How often the person signed out everywhere: each time all their sessions end.
    sessions_ended = models.PositiveIntegerField(
        _("signed out everywhere, times"), default=0, editable=False
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # One account an address, however it is capitalised.
            models.UniqueConstraint(Lower("email"), name="user_email_unique_folded"),
            # One account a phone that signs in; a number nobody verified is held by nobody.
            models.UniqueConstraint(
                "phone", condition=Q(phone_is_verified=True), name="user_verified_phone_unique"
            ),
            models.CheckConstraint(
                condition=Q(phone_is_verified=False) | Q(phone__regex=r"^\+7[0-9]{10}$"),
                name="user_verified_phone_is_a_phone",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def end_sessions(self) -> None:
        """End every session of the person; safe to repeat."""
        User.objects.filter(pk=self.pk).update(sessions_ended=F("sessions_ended") + 1)
        self.refresh_from_db(fields=["sessions_ended"])

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be theirs: a new password ends all, as does signing out."""
        return self._of_these_sessions(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in super().get_session_auth_fallback_hash():
            yield self._of_these_sessions(earlier)

    def _of_these_sessions(self, password_hash: str) -> str:
        if not self.sessions_ended:
            return password_hash
        return salted_hmac(
            "accounts.sessions", f"{password_hash}:{self.sessions_ended}"
        ).hexdigest()


class RoleGrant(models.Model):
    """A ministry role held by a person, for some regions or all, between two dates."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="role_grants", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    # KATO codes of regions as text, because accounts stands below the register. Empty: all.
    regions = ArrayField(
        models.CharField(max_length=9), default=list, blank=True, verbose_name=_("regions (KATO)")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until and including"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="role_grants_given",
        verbose_name=_("granted by"),
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("ministry role")
        verbose_name_plural = _("ministry roles")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="role_grant_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="role_grant_role_is_known"
            ),
            # For the foreign key by which a delegation's delegator is the grant's own holder.
            models.UniqueConstraint(fields=["id", "user"], name="role_grant_of_its_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class Delegation(models.Model):
    """A ministry role that its holder, on leave, leaves to a colleague between two days.

    What is delegated is a grant, never a delegation, so there is no chain. Once made it can only be
    ended early: triggers refuse every other change (docs/decisions/0041-delegation.md).
    """

    grant = models.ForeignKey(
        RoleGrant, models.PROTECT, related_name="delegations", verbose_name=_("ministry role")
    )
    # The grant's own holder, which a foreign key over both columns says in the database.
    delegator = models.ForeignKey(
        User, models.PROTECT, related_name="delegations_given", verbose_name=_("on behalf of")
    )
    delegate = models.ForeignKey(
        User, models.PROTECT, related_name="delegations_held", verbose_name=_("delegate")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until and including"))
    reason = models.TextField(_("reason"))
    made_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("delegated by")
    )
    made_at = models.DateTimeField(_("delegated at"))
    ended_on = models.DateField(_("ended early"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegated role")
        verbose_name_plural = _("delegated roles")
        permissions = [
            ("end_delegation", "Can end a delegation that is theirs"),
            ("manage_delegation", "Can delegate and end for others"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(delegate=F("delegator")), name="delegation_to_another_person"
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="delegation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_on__isnull=False, ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_says_why"),
            # A grant lies with one delegate at a time. Without btree_gist only ranges exclude.
            ExclusionConstraint(
                name="delegation_of_a_grant_once_a_day",
                expressions=[
                    (
                        Func(
                            F("grant"),
                            F("grant"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("from_on"),
                            F("until_on"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegator} → {self.delegate}: {self.grant.get_role_display()}"


class DelegatedAct(models.Model):
    """Something that a delegate did on another's behalf: which, by what right, when. Append-only.

    Written in the transaction of the act, where no grant of the delegate's own allowed it.
    """

    delegation = models.ForeignKey(
        Delegation, models.PROTECT, related_name="acts", verbose_name=_("delegated role")
    )
    permission = models.CharField(_("right"), max_length=100)
    # Model and key as text: accounts stands below the layers whose rows these are.
    what = models.CharField(_("what"), max_length=100)
    at = models.DateTimeField(_("at"))

    objects = DelegatedActQuerySet.as_manager()

    class Meta:
        verbose_name = _("act on another's behalf")
        verbose_name_plural = _("acts on another's behalf")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.what}: {self.permission}"
