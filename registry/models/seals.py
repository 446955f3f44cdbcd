"""The daily seals over the append-only rows, and which row lies where in which seal."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """One seal: the Merkle root over the rows it took, chained to the seal before. Append-only.

    `previous_hash` is unique, so a seal has one successor and the chain cannot fork.
    """

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    sealed_at = models.DateTimeField(_("sealed"))
    # Hexadecimal SHA-256, all three. The first seal's predecessor is 64 zeros.
    previous_hash = models.CharField(_("hash of the seal before"), max_length=64, unique=True)
    root = models.CharField(_("root"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    count = models.PositiveIntegerField(_("rows"))
    # {table: [columns]}: over which columns this seal's leaves were hashed. A column that a later
    # release adds is not among them, so old leaves stay what they were.
    columns = models.JSONField(_("columns"))
    # The roots of its blocks of 1,024 leaves, 32 bytes each, one behind the other: a proof needs
    # one block and these, however many rows the seal took.
    blocks = models.BinaryField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="seals_count_from_one"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class SealedTable(models.Model):
    """A table's short number, so that a million leaves need not repeat its name. Append-only."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=63, unique=True)
    # The column that names a row: a whole number.
    key = models.CharField(max_length=63)

    class Meta:
        verbose_name = _("sealed table")
        verbose_name_plural = _("sealed tables")

    def __str__(self) -> str:
        return self.name


class SealedLeaf(models.Model):
    """That a row was sealed, where, and the hash of its leaf. Append-only; a row is sealed once."""

    pk = models.CompositePrimaryKey("table", "row_id")
    table = models.ForeignKey(SealedTable, models.PROTECT, related_name="+")
    row_id = models.BigIntegerField()
    # Few ask for all leaves of a seal, and those in the order of the constraint below.
    seal = models.ForeignKey(Seal, models.PROTECT, related_name="leaves", db_index=False)
    position = models.PositiveIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("sealed row")
        verbose_name_plural = _("sealed rows")
        constraints = [
            # A proof reads one block of a seal's leaves in their order.
            models.UniqueConstraint(fields=["seal", "position"], name="leaf_once_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id}/{self.row_id}"
