"""A ministry's server. Refuses to start without the two URLs and a secret key."""

import os

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from config.settings import rates, uploads
from config.settings.base import *  # noqa: F403
from notices import providers


def required(name: str) -> str:
    """The value of an environment variable without which the portal must not start."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is not set. Production needs DATABASE_URL, "
            "REDIS_URL and SECRET_KEY; README.md, 'Deploying', says what each holds."
        )
    return value


DEBUG = False
IS_PRODUCTION = True
SECRET_KEY = required("SECRET_KEY")
DATABASES = {"default": dj_database_url.parse(required("DATABASE_URL"), conn_max_age=60)}
REDIS_URL = required("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

PORTAL_URL = os.environ.get("PORTAL_URL", "https://portal.example").rstrip("/")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", PORTAL_URL.split("//")[-1]).split(",")
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# The proxy that ends TLS writes the client's address; more of them where there are more.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "1"))
UPLOADS_ROOT = os.environ.get("UPLOADS_ROOT", BASE_DIR / "uploads")
SIGNING_TRUST_ROOTS = os.environ.get("SIGNING_TRUST_ROOTS", "")
CLAMAV_URL = os.environ.get("CLAMAV_URL", "")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "uploads": uploads.from_environment(os.environ, UPLOADS_ROOT),
    "staticfiles": COLLECTED_STATIC,
}
STATIC_ROOT = os.environ.get("STATIC_ROOT", BASE_DIR / "staticfiles")
MEDIA_ROOT = os.environ.get("MEDIA_ROOT", BASE_DIR / "media")

# Text messages: without a gateway nobody is offered codes by SMS.
SMS_URL = os.environ.get("SMS_URL", "")
SMS_TOKEN = os.environ.get("SMS_TOKEN", "")
SMS_GATEWAY = "accounts.sms.HttpGateway" if SMS_URL else "accounts.sms.NoGateway"
if SMS_URL and not (SMS_URL.startswith("https://") and SMS_TOKEN):
    raise ImproperlyConfigured("SMS_URL must begin with https:// and needs SMS_TOKEN beside it.")

# Mail leaves only where a person has released it; see base.py.
NOTICES_RELEASED = os.environ.get("NOTICES_RELEASED", "") == "yes"
NOTICES_ALLOW_LIST = [a for a in os.environ.get("NOTICES_ALLOW_LIST", "").split(",") if a]
NOTICES_RATES = NOTICES_RATES | rates.from_text(os.environ.get("NOTICES_RATES", ""))
EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "yes"
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "register@portal.example")

# A mail provider instead of SMTP: its options are the variables that begin with ANYMAIL_.
EMAIL_PROVIDER = os.environ.get("EMAIL_PROVIDER", "")
ANYMAIL = {**ANYMAIL, **providers.options_from(os.environ)}
if fault := providers.fault(EMAIL_PROVIDER, ANYMAIL):
    raise ImproperlyConfigured(fault)
if EMAIL_PROVIDER:
    EMAIL_BACKEND = "notices.mailers.GuardedProvider"

# Without a provider: the mailbox to which undeliverable mail comes back.
BOUNCE_ADDRESS = os.environ.get("BOUNCE_ADDRESS", "")
BOUNCE_IMAP_HOST = os.environ.get("BOUNCE_IMAP_HOST", "")
BOUNCE_IMAP_PORT = int(os.environ.get("BOUNCE_IMAP_PORT", "993"))
BOUNCE_IMAP_USER = os.environ.get("BOUNCE_IMAP_USER", "")
BOUNCE_IMAP_PASSWORD = os.environ.get("BOUNCE_IMAP_PASSWORD", "")
BOUNCE_IMAP_FOLDER = os.environ.get("BOUNCE_IMAP_FOLDER", "INBOX")
