"""Electronic signatures of filings. None is needed to be protected."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import SALT_BYTES, AppendOnly
from registry.models import StoredFile
from reregistration.models.filings import Filing


class FilingSignature(AppendOnly):
    """One verified signature over a frozen filing. Append-only; a filing has one."""

    filing = models.OneToOneField(Filing, models.PROTECT, related_name="signature")
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="signatures", verbose_name=_("file")
    )
    # A commitment to the signer's name (registry.ledger); the name itself is in SignerName.
    signer = models.CharField(max_length=64)
    certificate_serial = models.CharField(_("serial number of the certificate"), max_length=64)
    # As the certificate names it; equal to the organisation's at that moment.
    bin = models.CharField(_("BIN"), max_length=12)
    # What the signature itself says: no authority of time stands behind it.
    signed_at = models.DateTimeField(_("signed"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by")
    )
    at = models.DateTimeField(_("verified"))

    class Meta:
        verbose_name = _("electronic signature")
        verbose_name_plural = _("electronic signatures")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(bin__regex=r"^\d{12}$"), name="filing_signature_has_a_bin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.certificate_serial}"


class SignerName(models.Model):
    """Who signed: beside the line, where it can be erased and the line stays verifiable."""

    signature = models.OneToOneField(FilingSignature, models.PROTECT, related_name="signer_name")
    name = models.CharField(_("signer"), max_length=200)
    salt = models.BinaryField(max_length=SALT_BYTES)

    class Meta:
        verbose_name = _("name of a signer")
        verbose_name_plural = _("names of signers")

    def __str__(self) -> str:
        return self.name
