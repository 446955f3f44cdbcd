"""What of grants is public, in one place: awards of this portal and those that files brought."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from grants.models import Programme
from grants.states import AwardState
from public.querysets import PublicAwardQuerySet
from registry.bin import without_iin
from registry.models import ActivityArea, Organisation


class PublicAward(models.Model):
    """A row of the database view `public_award` (public.0001): read, never written.

    It holds awards whose agreement was accepted, whatever became of them, and every past award.
    `amount` is what is granted: the whole of an award, and of a terminated one what was paid.
    An amount that a source does not state is none, and none is no 0.
    """

    # "award:1" or "past:1".
    id = models.CharField(max_length=30, primary_key=True)
    # Ours: its number. A past one: as its source calls it.
    identifier = models.CharField(max_length=200)
    is_past = models.BooleanField()
    # Empty for a past one: no source says it.
    state = models.CharField(max_length=10)
    # The recipient as it stands today: of one that was merged, the one that was kept.
    organisation = models.ForeignKey(
        Organisation, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    # As the award has it.
    recorded = models.ForeignKey(
        Organisation, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    recipient_name = models.TextField()
    recipient_identifier = models.CharField(max_length=100)
    title = models.TextField()
    description = models.TextField()
    programme = models.ForeignKey(
        Programme, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    programme_name = models.TextField()
    funder_name = models.TextField()
    funder_identifier = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    paid = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    awarded_on = models.DateField()
    year = models.IntegerField()
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    # KATO codes of the project's regions.
    regions = ArrayField(models.TextField())
    area = models.ForeignKey(
        ActivityArea, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )

    objects = PublicAwardQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "public_award"
        default_permissions = ()
        ordering = ["-awarded_on", "id"]

    def __str__(self) -> str:
        return self.identifier

    @property
    def shown_title(self) -> str:
        """As written by who applied, with personal numbers covered."""
        return without_iin(self.title)

    @property
    def shown_description(self) -> str:
        return without_iin(self.description)

    @property
    def recipient(self) -> str:
        return self.organisation.name if self.organisation else without_iin(self.recipient_name)

    @property
    def programme_shown(self) -> str:
        return self.programme.name if self.programme else without_iin(self.programme_name)

    @property
    def state_label(self) -> str:
        return str(AwardState(self.state).label) if self.state else ""
