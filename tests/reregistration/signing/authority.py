"""A certificate authority for the tests, and signatures in the shape that NCALayer makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Signer:
    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def key_of(kind: str = "rsa") -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def name(common: str, *others: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    parts = [(NameOID.COMMON_NAME, common), *others]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def certificate(
    key: Key,
    subject: x509.Name,
    *,
    issuer: Signer | None = None,
    is_authority: bool = False,
    begin: datetime = BEGIN,
    end: datetime = END,
    for_papers: bool = True,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=for_papers and not is_authority,
        key_encipherment=not for_papers,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())


class Authority:
    """A root, and one authority below it that signs people's keys."""

    def __init__(self) -> None:
        root_key, key = key_of("ec"), key_of("ec")
        wide = {"begin": BEGIN - timedelta(days=3650), "end": END + timedelta(days=3650)}
        self.root = Signer(
            certificate(root_key, name("Root"), is_authority=True, **wide),  # type: ignore[arg-type]
            root_key,
        )
        self.issuing = Signer(
            certificate(key, name("NCA"), issuer=self.root, is_authority=True, **wide),  # type: ignore[arg-type]
            key,
        )

    def trusted_in(self, folder: Path) -> Path:
        """Its two certificates as an operator lays them into a folder."""
        for file, signer in (("root.pem", self.root), ("nca.pem", self.issuing)):
            pem = signer.certificate.public_bytes(serialization.Encoding.PEM)
            (folder / file).write_bytes(pem)
        return folder

    def head_of(
        self,
        bin_: str,
        *,
        kind: str = "rsa",
        unit: str | None = None,
        others: tuple[tuple[x509.ObjectIdentifier, str], ...] = (),
        **dates: Any,
    ) -> Signer:
        """The head's key for the organisation of that BIN; without one, a person's own."""
        units = [unit or f"BIN{bin_}"] if bin_ or unit else []
        subject = name(
            "ӨТЕГЕНОВ ЕРЖАН",
            (NameOID.SERIAL_NUMBER, "IIN800101300123"),
            *((NameOID.ORGANIZATIONAL_UNIT_NAME, each) for each in units),
            *others,
        )
        key = key_of(kind)
        return Signer(certificate(key, subject, issuer=self.issuing, **dates), key)


def signature(
    content: bytes,
    *signers: Signer,
    signed_at: datetime,
    is_attached: bool = False,
    digest: str = "sha256",
    is_pss: bool = False,
    by_identifier: bool = False,
    without: str = "",
    says_digest_of: bytes | None = None,
) -> bytes:
    """CMS over the content, in DER."""
    encapsulated: dict[str, Any] = {"content_type": "data"}
    if is_attached:
        encapsulated["content"] = content
    infos = []
    for signer in signers:
        values = {
            "content_type": "data",
            "message_digest": hashlib.new(digest, says_digest_of or content).digest(),
            "signing_time": cms.Time({"utc_time": core.UTCTime(signed_at)}),
        }
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": kind, "values": [value]})
                for kind, value in values.items()
                if kind != without
            ]
        )
        infos.append(
            cms.SignerInfo(
                {
                    "version": "v1",
                    "sid": _sid(signer, by_identifier=by_identifier),
                    "digest_algorithm": {"algorithm": digest},
                    "signed_attrs": attributes,
                    "signature_algorithm": _algorithm(signer.key, digest, is_pss=is_pss),
                    "signature": _sign(signer.key, attributes.dump(), digest, is_pss=is_pss),
                }
            )
        )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": encapsulated,
            "certificates": [asn1_x509.Certificate.load(signer.der) for signer in signers],
            "signer_infos": infos,
        }
    )
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return made


def _sid(signer: Signer, *, by_identifier: bool) -> cms.SignerIdentifier:
    own = asn1_x509.Certificate.load(signer.der)
    if by_identifier:
        return cms.SignerIdentifier("subject_key_identifier", own.key_identifier)
    return cms.SignerIdentifier(
        "issuer_and_serial_number",
        {"issuer": own.issuer, "serial_number": own.serial_number},
    )


def _algorithm(key: Key, digest: str, *, is_pss: bool) -> dict[str, Any]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {"algorithm": f"{digest}_ecdsa"}
    if not is_pss:
        return {"algorithm": f"{digest}_rsa"}
    parameters = algos.RSASSAPSSParams(
        {
            "hash_algorithm": {"algorithm": digest},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": digest}},
            "salt_length": 32,
        }
    )
    return {"algorithm": "rsassa_pss", "parameters": parameters}


def _sign(key: Key, content: bytes, digest: str, *, is_pss: bool) -> bytes:
    known: list[hashes.HashAlgorithm] = [hashes.SHA256(), hashes.SHA512(), _weak()]
    hash_ = next(each for each in known if each.name == digest)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(hash_))
    pads = padding.PSS(padding.MGF1(hash_), 32) if is_pss else padding.PKCS1v15()
    return key.sign(content, pads, hash_)


def _weak() -> hashes.HashAlgorithm:
    return hashes.SHA1()  # noqa: S303 - a signature that must be refused
