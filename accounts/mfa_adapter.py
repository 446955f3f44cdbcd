"""What is ours in second factors: their secrets lie encrypted, so that a dump shows none."""

from __future__ import annotations

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _


class PortalMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth carries no types
    """Encrypts with a key made of SECRET_KEY; reads with SECRET_KEY_FALLBACKS too."""

    def get_totp_issuer(self) -> str:
        return _("NGO register")

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    digest = hashlib.sha256(b"second factors:" + force_bytes(secret)).digest()
    return base64.urlsafe_b64encode(digest)
