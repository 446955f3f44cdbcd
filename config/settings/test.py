"""The test suite: a laptop's servers, fast passwords, mail kept in memory."""

from config.settings.local import *  # noqa: F403

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Static files are found where they lie; nothing was collected.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# Uploads lie in memory; the tests of the storage itself use a folder of their own.
STORAGES = {**STORAGES, "uploads": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
# As fast as they can; the tests of the limits set their own.
NOTICES_RATES = {}
