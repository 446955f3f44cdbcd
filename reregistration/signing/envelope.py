"""Reading a CMS signature (RFC 5652) as NCALayer makes it: what it says, nothing checked yet.

What comes is a stranger's bytes: whatever they are, they are read to the end here or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from asn1crypto import cms, x509
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from registry.file_types import der_of

DIGESTS = ("sha256", "sha384", "sha512")
# The arcs of Kazakhstan's and Russia's GOST algorithms.
_GOST = ("1.2.398.3.10.1.", "1.2.643.")
# A signer's own, and those between it and the root; more is an attempt to keep us busy.
_CERTIFICATES_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class PSS:
    """The parameters of RSA-PSS."""

    digest: str
    mask_digest: str
    salt_length: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """One signer's signature."""

    certificate: x509.Certificate
    other_certificates: tuple[x509.Certificate, ...]
    digest: str
    # "rsassa_pkcs1v15", "sha256_rsa", "rsassa_pss", "sha256_ecdsa" and their like.
    algorithm: str
    # The digest that the signature's algorithm names; None where it names none.
    algorithm_digest: str | None
    pss: PSS | None
    signature: bytes
    # The signed attributes as they were signed: DER of a SET OF.
    attributes: bytes
    message_digest: bytes
    signed_at: datetime
    # None: the signature is detached, and signs a file that we hold.
    content: bytes | None


def open_envelope(sent: bytes) -> Envelope:
    """Read a signature in DER, PEM or base64. Refuses what is none, has not exactly one signer,
    uses GOST or a weak digest, or lacks the signed attributes that bind content and moment."""
    try:
        return _read(sent)
    except Refused:
        raise
    except Exception as error:
        # The library reads lazily and raises what it meets: ValueError, TypeError, KeyError,
        # OverflowError, RecursionError and others, none of them ours.
        raise _unreadable() from error


def _read(sent: bytes) -> Envelope:
    der = der_of(sent)
    if der is None:
        raise _unreadable()
    outer = cms.ContentInfo.load(der, strict=True)
    if outer["content_type"].native != "signed_data":
        raise _unreadable()
    signed = outer["content"]
    signers = signed["signer_infos"]
    if len(signers) != 1:
        raise Refused(
            _("The file holds %(count)s signatures. Send a file with one: the head's.")
            % {"count": len(signers)}
        )
    signer = signers[0]
    digest = _digest(signer)
    certificates = [
        choice.chosen for choice in signed["certificates"] if choice.name == "certificate"
    ]
    if len(certificates) > _CERTIFICATES_AT_MOST:
        raise _unreadable()
    own = _certificate_of(signer["sid"], certificates)
    attributes = _attributes(signer)
    if attributes["content_type"] != signed["encap_content_info"]["content_type"].native:
        raise _unreadable()
    content = signed["encap_content_info"]["content"]
    algorithm = signer["signature_algorithm"]
    name = str(algorithm["algorithm"].native)
    return Envelope(
        certificate=own,
        other_certificates=tuple(each for each in certificates if each is not own),
        digest=digest,
        algorithm=name,
        algorithm_digest=None if name == "rsassa_pkcs1v15" else str(algorithm.hash_algo),
        pss=_pss(algorithm["parameters"]) if name == "rsassa_pss" else None,
        signature=bytes(signer["signature"].native),
        # Signed is the plain SET OF; in the file it stands under a tag of its own.
        attributes=b"\x31" + signer["signed_attrs"].dump()[1:],
        message_digest=bytes(attributes["message_digest"]),
        signed_at=attributes["signing_time"],
        content=None if content.native is None else bytes(content.native),
    )


def _digest(signer: Any) -> str:
    for algorithm in (signer["digest_algorithm"], signer["signature_algorithm"]):
        if algorithm["algorithm"].dotted.startswith(_GOST):
            _refuse_gost()
    digest = str(signer["digest_algorithm"]["algorithm"].native)
    if digest not in DIGESTS:
        raise Refused(
            _("This signature uses “%(name)s”, which is too weak or unknown. Use a newer key.")
            % {"name": digest}
        )
    return digest


def _attributes(signer: Any) -> dict[str, Any]:
    """The three that are needed, each once and with one value."""
    found: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        name = str(attribute["type"].native)
        if name in ("content_type", "message_digest", "signing_time"):
            if name in found or len(attribute["values"]) != 1:
                raise _unreadable()
            found[name] = attribute["values"][0].native
    if len(found) != 3 or not isinstance(found["signing_time"], datetime):
        raise Refused(
            _("The signature does not say what was signed, or when. Sign in NCALayer as CMS.")
        )
    return found


def _certificate_of(sid: Any, certificates: list[x509.Certificate]) -> x509.Certificate:
    for certificate in certificates:
        if sid.name == "issuer_and_serial_number":
            named = sid.chosen
            same_issuer = certificate.issuer.dump() == named["issuer"].dump()
            if same_issuer and certificate.serial_number == named["serial_number"].native:
                return certificate
        elif certificate.key_identifier == sid.chosen.native:
            return certificate
    raise Refused(_("The signature comes without the signer's certificate. Sign it anew as CMS."))


def _pss(parameters: Any) -> PSS:
    mask = parameters["mask_gen_algorithm"]
    if mask["algorithm"].native != "mgf1":
        raise _unreadable()
    return PSS(
        digest=str(parameters["hash_algorithm"]["algorithm"].native),
        mask_digest=str(mask["parameters"]["algorithm"].native),
        salt_length=int(parameters["salt_length"].native),
    )


def _refuse_gost() -> NoReturn:
    raise Refused(
        _(
            "This signature was made with a GOST key, which the portal cannot check. Sign with an "
            "RSA or ECDSA key, or leave it: your filing counts without an electronic signature."
        )
    )


def _unreadable() -> Refused:
    return Refused(
        _("This is not a signature that can be read. Sign the file anew and send the .cms file.")
    )
