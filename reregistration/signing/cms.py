"""An electronic signature over a frozen filing: checked at once, then kept as a line of its own."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import uploads
from registry.calendar import ALMATY
from registry.ledger import commitment, new_salt
from registry.models import StoredFile
from reregistration.filing import frozen
from reregistration.models import Filing, FilingSignature, SignerName
from reregistration.signing import certificates
from reregistration.signing.envelope import Envelope, open_envelope
from reregistration.states import FilingState

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_SHORTEST_RSA_BITS = 2048
# By how much a signer's clock may differ from ours.
_CLOCKS = timedelta(minutes=10)


def add(filing: Filing, stored: StoredFile, *, by: User, at: datetime) -> FilingSignature:
    """Add the electronic signature that a kept file holds.

    Refuses whatever does not verify (`verify`), a draft, and a second signature. Safe to repeat:
    the same file a second time gets the first one's line.
    """
    if filing.state == FilingState.DRAFT:
        raise Refused(_("Submit the filing first: what is signed is the filing as it arrived."))
    envelope = open_envelope(uploads.read(stored))
    bin_ = verify(envelope, filing, at=at)
    name, salt = certificates.name_of(envelope.certificate), new_salt()
    try:
        with transaction.atomic():
            made = FilingSignature.objects.create(
                filing=filing,
                file=stored,
                signer=commitment(name, salt),
                certificate_serial=certificates.serial_of(envelope.certificate),
                bin=bin_,
                signed_at=envelope.signed_at,
                by=by,
                at=at,
            )
            SignerName.objects.create(signature=made, name=name, salt=salt)
    except IntegrityError:
        there = FilingSignature.objects.select_related("file").get(filing=filing)
        if there.file.sha256 == stored.sha256:
            return there
        raise Refused(_("This filing has an electronic signature already.")) from None
    return made


def verify(envelope: Envelope, filing: Filing, *, at: datetime) -> str:
    """Refuses a signature over other bytes than the frozen filing, one that does not verify or
    says an impossible moment, a certificate that is not trusted, and another organisation's.
    Returns the BIN that it is of."""
    signed = frozen(filing)
    digest = hashlib.new(envelope.digest, signed).digest()
    attached = envelope.content if envelope.content is not None else signed
    if attached != signed or not hmac.compare_digest(digest, envelope.message_digest):
        raise Refused(
            _("What was signed is not this filing. Download the file of %(number)s and sign it.")
            % {"number": filing}
        )
    _refuse_unless_it_verifies(envelope)
    _refuse_impossible_moment(envelope.signed_at, filing, at)
    certificates.refuse_unless_trusted(envelope)
    return _bin_of(envelope, filing)


def _refuse_unless_it_verifies(envelope: Envelope) -> None:
    try:
        key = serialization.load_der_public_key(envelope.certificate.public_key.dump())
        hash_ = _HASHES[envelope.digest]()
        if envelope.algorithm_digest not in (None, envelope.digest):
            raise InvalidSignature
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SHORTEST_RSA_BITS:
            key.verify(envelope.signature, envelope.attributes, _padding(envelope, hash_), hash_)
        elif isinstance(key, ec.EllipticCurvePublicKey) and envelope.algorithm.endswith("_ecdsa"):
            key.verify(envelope.signature, envelope.attributes, ec.ECDSA(hash_))
        else:
            raise InvalidSignature
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, OverflowError) as error:
        raise Refused(
            _("The signature does not verify: the file was changed, or its key is not supported.")
        ) from error


def _padding(envelope: Envelope, hash_: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if envelope.pss is None:
        if not envelope.algorithm.endswith(("_rsa", "rsassa_pkcs1v15")):
            raise InvalidSignature
        return padding.PKCS1v15()
    if {envelope.pss.digest, envelope.pss.mask_digest} != {envelope.digest}:
        raise InvalidSignature
    return padding.PSS(padding.MGF1(hash_), envelope.pss.salt_length)


def _refuse_impossible_moment(signed_at: datetime, filing: Filing, at: datetime) -> None:
    # Not before there was a filing to sign, so that an old key cannot be used with an old date.
    submitted_at = filing.submitted_at
    assert submitted_at is not None  # noqa: S101 - the database says so of every filing but a draft
    if not submitted_at - _CLOCKS <= signed_at <= at + _CLOCKS:
        moment = date_format(signed_at.astimezone(ALMATY), "SHORT_DATETIME_FORMAT")
        raise Refused(
            _(
                "The signature says that it was made at %(moment)s, which cannot be. Set your "
                "computer's clock right and sign again."
            )
            % {"moment": moment}
        )


def _bin_of(envelope: Envelope, filing: Filing) -> str:
    held = filing.obligation.organisation.bin
    if not held:
        raise Refused(
            _(
                "The register holds no BIN of this organisation, so a key cannot be matched with "
                "it. Your filing counts without an electronic signature."
            )
        )
    named = certificates.bins_of(envelope.certificate)
    if not named:
        raise Refused(
            _("This is a person's own key. Sign with the key of the organisation (with its BIN).")
        )
    if named != {held}:
        raise Refused(
            _("This key is of another organisation (BIN %(named)s). Expected: BIN %(held)s.")
            % {"named": ", ".join(sorted(named)), "held": held}
        )
    return held
