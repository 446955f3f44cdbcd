"""Whose certificate is it, and did the national authority issue it?

Revocation is not asked about: the authority's lists and responders are outside the portal, and a
submission must not wait for them. A reviewer who doubts a signature asks the authority; the file
is kept with its certificate for that (docs/decisions/0017).
"""

from __future__ import annotations

import re
from pathlib import Path

from asgiref.sync import async_to_sync
from asn1crypto import pem, x509
from django.conf import settings
from django.utils.translation import gettext as _
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathError, ValidationError

from accounts.refusals import Refused
from reregistration.signing.envelope import Envelope

_WEAK = {"md2", "md5", "sha1"}
# Kazakhstan's certificates write it into the organisational unit; newer forms beside it.
_HOLDS_BIN = {"organizational_unit_name", "organization_identifier", "serial_number"}
_BIN = re.compile(r"BIN(\d{12})")
_LONGEST_NAME = 200


def trusted() -> list[x509.Certificate]:
    """The authority's certificates: roots, and those between them and the signers'."""
    folder = settings.SIGNING_TRUST_ROOTS
    found: list[x509.Certificate] = []
    for path in sorted(Path(folder).glob("*.pem")) if folder else []:
        content = path.read_bytes()
        found += [x509.Certificate.load(der) for _n, _h, der in pem.unarmor(content, multiple=True)]
    return found


def refuse_unless_trusted(envelope: Envelope) -> None:
    """Refuses a certificate that the authority did not issue, that was not valid at the moment of
    signing, or that is for signing in rather than for signing papers."""
    known = trusted()
    roots = [each for each in known if each.self_issued]
    if not roots:
        raise Refused(
            _(
                "Electronic signatures cannot be checked yet: the ministry has not set up the "
                "authority's certificates. Your filing counts without one."
            )
        )
    context = ValidationContext(
        trust_roots=roots,
        other_certs=[each for each in known if not each.self_issued],
        moment=envelope.signed_at,
        allow_fetching=False,
        weak_hash_algos=_WEAK,
    )
    validator = CertificateValidator(
        envelope.certificate, list(envelope.other_certificates), context
    )
    try:
        async_to_sync(validator.async_validate_path)()
    except (ExpiredError, NotYetValidError) as error:
        raise Refused(
            _("The certificate was not valid on the day of signing. Sign with a valid key.")
        ) from error
    except (PathError, ValidationError, ValueError) as error:
        raise Refused(
            _("The certificate is not from the national authority, so it proves nothing here.")
        ) from error
    usage = envelope.certificate.key_usage_value
    # Of a person's two keys, the one for signing in lacks it.
    if usage is None or "non_repudiation" not in usage.native:
        raise Refused(
            _("This key is for signing in, not for signing papers. Choose the key for signing.")
        )


def bins_of(certificate: x509.Certificate) -> set[str]:
    """The BINs that a certificate names: of a natural person's there is none."""
    return {
        found[1]
        for kind, text in _subject(certificate)
        if kind in _HOLDS_BIN and (found := _BIN.fullmatch(text.strip()))
    }


def name_of(certificate: x509.Certificate) -> str:
    names = [text for kind, text in _subject(certificate) if kind == "common_name"]
    return " ".join(names)[:_LONGEST_NAME]


def serial_of(certificate: x509.Certificate) -> str:
    """The serial number as authorities print it: hexadecimal. RFC 5280: 20 octets at most."""
    return f"{certificate.serial_number:x}"[:64]


def _subject(certificate: x509.Certificate) -> list[tuple[str, str]]:
    return [
        (str(pair["type"].native), str(pair["value"].native))
        for names in certificate.subject.chosen
        for pair in names
    ]
