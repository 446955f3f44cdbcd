"""An organisation, how it is reached, and who may act for it."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.admin import display
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.db.models.functions import MD5
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.models.codes import ActivityArea, LegalForm, Place, Region
from registry.querysets import OrganisationQuerySet
from registry.states import LegalStatus, Source


class Organisation(models.Model):
    """A non-governmental organisation (NGO) of the register.

    Written only through `registry.register`. `status` is legal status alone; what the register
    says of a campaign is `Standing`.
    """

    # "R-" and seven digits from a sequence, given at first import, never reused.
    number = models.CharField(_("register number"), max_length=9, unique=True, editable=False)
    # Twelve digits as text. About 7 % were never issued one.
    bin = models.CharField(_("BIN"), max_length=12, null=True, blank=True, unique=True)
    name_kk = models.TextField(_("name in Kazakh"))
    name_ru = models.TextField(_("name in Russian"))
    name_en = models.TextField(_("name in English"), blank=True)
    legal_form = models.ForeignKey(LegalForm, models.PROTECT, verbose_name=_("legal form"))
    status = models.CharField(_("legal status"), max_length=20, choices=LegalStatus.choices)
    registered_on = models.DateField(_("date of state registration"))
    place = models.ForeignKey(Place, models.PROTECT, verbose_name=_("place"))
    # The place's region, kept beside it because every list filters by it.
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"))
    address = models.TextField(_("address"), blank=True)
    head_name = models.TextField(_("head"), blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    volunteers = models.PositiveIntegerField(_("volunteers"), null=True, blank=True)
    activity_areas = models.ManyToManyField(
        ActivityArea, blank=True, verbose_name=_("areas of activity")
    )

    # Flags that decide on scope; set by staff (design.md section 7).
    state_founded = models.BooleanField(_("founded by the state"), default=False)
    political_party = models.BooleanField(_("political party"), default=False)
    trade_union = models.BooleanField(_("trade union"), default=False)

    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    # Who took over its rights and duties after a reorganisation: another legal entity.
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    # When the import that entered it was undone. It is not listed, counted or asked for anything
    # from then on; an extract that names it again brings it back under the same number.
    taken_out_at = models.DateTimeField(
        _("taken out of the register"), null=True, blank=True, editable=False
    )
    # The newest extract that named it; absence from the newest one is derived from this.
    last_seen_extract = models.ForeignKey(
        "registry.Extract", models.PROTECT, null=True, related_name="organisations_last_seen"
    )
    # The day up to which the extract's facts hold.
    as_of_on = models.DateField(_("facts as of"))
    # Fields that a filing or a person wrote: {"employees": {"source": "filing:F-7", "at": ISO}}.
    # What is not named here came with the extract of `as_of_on`.
    field_sources = models.JSONField(default=dict, blank=True)
    # What is doubtful in the extract's text: registry.states.Quality values.
    quality = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    # Derived from names, number and BIN by registry.register, for matching, search and order.
    match_kk = models.TextField(editable=False)
    match_ru = models.TextField(editable=False)
    search_text = models.TextField(editable=False)
    sort_kk = models.TextField(editable=False)
    sort_ru = models.TextField(editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        permissions = [("merge_organisation", "Merge organisations and record successors")]
        constraints = [
            models.CheckConstraint(
                condition=Q(bin__isnull=True)
                | Q(Func("bin", function="is_bin", output_field=BooleanField())),
                name="organisation_bin_is_well_formed",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^R-[0-9]{7}$"), name="organisation_number_shape"
            ),
            models.CheckConstraint(
                condition=Q(status__in=LegalStatus.values), name="organisation_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="organisation_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                name="organisation_not_its_own_successor",
            ),
        ]
        indexes = [
            # The public list and the admin: by name, in a region.
            models.Index(fields=["sort_kk", "id"], name="organisation_by_name_kk"),
            models.Index(fields=["sort_ru", "id"], name="organisation_by_name_ru"),
            models.Index(fields=["region", "sort_kk"], name="organisation_by_region"),
            # The import's match of rows without BIN.
            models.Index(
                fields=["match_ru", "match_kk", "registered_on"],
                condition=Q(bin__isnull=True),
                name="organisation_match_no_bin",
            ),
            # Others of the same folded name: pairs of the data-quality desk, checks of a filing.
            models.Index(
                fields=["match_ru"],
                condition=Q(merged_into__isnull=True),
                name="organisation_same_name",
            ),
            # Others with the same head or address: the automatic checks of a filing.
            # By their digests: a text may be too long for an index, and a hash index is slow
            # where many are the same.
            models.Index(MD5("head_name"), name="organisation_by_head"),
            models.Index(MD5("address"), name="organisation_by_address"),
            # Search by words and their beginnings.
            GinIndex(SearchVector("search_text", config="simple"), name="organisation_search"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    @display(description=_("name"))
    def name(self) -> str:
        """The name in the reader's language; Russian where that one is missing."""
        return cast(str, getattr(self, f"name_{get_language() or 'kk'}", "")) or self.name_ru


class Contact(models.Model):
    """An e-mail address or a phone of an organisation. Raw text is kept, usable or not."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contacts", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    # Normalised (lower case; +77011234567) where usable, else the raw text.
    value = models.CharField(_("address or number"), max_length=254)
    raw = models.TextField(_("as it was written"), blank=True)
    is_usable = models.BooleanField(_("usable"))
    source = models.CharField(_("source"), max_length=20, choices=Source.choices)
    as_of_on = models.DateField(_("as of"))
    # When a person proved to own it by following a code or link.
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("bounced"), null=True, blank=True)
    # Replaced by another. That it goes on receiving legal notices for 60 days (design.md section
    # 11) comes with taking over and claims.
    retired_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "value"], name="contact_once_an_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.value


class Representative(models.Model):
    """A person who may act for an organisation, between two moments."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("manager")
        EDITOR = "editor", _("editor")
        READER = "reader", _("reader")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="representatives", verbose_name=_("organisation")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="representations",
        verbose_name=_("user"),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MANAGER)
    from_at = models.DateTimeField(_("since"))
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    ground = models.CharField(_("ground"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("authorised representative")
        verbose_name_plural = _("authorised representatives")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(until_at__isnull=True),
                name="representative_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} — {self.organisation.number}"
