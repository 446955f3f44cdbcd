"""A laptop: this checkout's own servers, or those that DATABASE_URL and REDIS_URL name."""

import os

import dj_database_url

from config.settings.base import *  # noqa: F403
from local import servers

DEBUG = os.environ.get("DEBUG", "1") == "1"
SECRET_KEY = "of-a-laptop-and-therefore-no-secret"  # noqa: S105
ALLOWED_HOSTS = ["*"]
INTERNAL_IPS = ["127.0.0.1"]

if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.config(conn_max_age=60)}
else:
    DATABASES = {"default": dj_database_url.parse(servers.database_url(), engine="local.backend")}
REDIS_URL = os.environ.get("REDIS_URL") or servers.redis_url()
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
STATIC_ROOT = os.environ.get("STATIC_ROOT", STATIC_ROOT)
if not DEBUG:
    STORAGES = {**STORAGES, "staticfiles": COLLECTED_STATIC}
# Passkeys on a laptop, whose address has no TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
PORTAL_URL = os.environ.get("PORTAL_URL", PORTAL_URL)
