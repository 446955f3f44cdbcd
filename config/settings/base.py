"""What every installation of the portal shares."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from config.settings import uploads

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    # unfold restyles the admin, so it comes before it.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static.StaticConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_include_bootstrap",
    "django_htmx",
    # Ours, lowest layer first (the order that import-linter holds).
    "accounts",
    "registry",
    "notices",
    "reregistration",
    "grants",
    "public",
]

MIDDLEWARE = [
    "config.arrival.ArrivalMiddleware",
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Static files are compressed as they are collected, pages as they leave.
    "django.middleware.gzip.GZipMiddleware",
    "config.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.limits.LimitsMiddleware",
    "accounts.second_factor.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Signing in: by a one-time code sent by e-mail or SMS, by password, or by a passkey.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my"
ACCOUNT_ADAPTER = "registry.sign_in.RegisterAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "request_login_code": "accounts.forms.AskForCodeForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 10 * 60
# Beside allauth's own: an SMS costs money, and disturbs whose number it is.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,20/d/key",
    "change_phone": "5/10m/user",
    "verify_phone": "1/30s/key,5/10m/ip,10/d/key",
}
# How many proxies of ours stand before the portal: whose word on the client's address counts.
ALLAUTH_TRUSTED_PROXY_COUNT = 0

# The second factor: offered to everybody, demanded of staff (docs/decisions/0014).
MFA_ADAPTER = "accounts.mfa_adapter.PortalMFAAdapter"
MFA_FORMS = {"add_webauthn": "accounts.forms.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey asks for a finger, a face or a PIN: possession alone is one factor.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A clock may be half a minute wrong.
MFA_TOTP_TOLERANCE = 1

# Two weeks; of staff a working day (accounts.second_factor.STAFF_SESSION).
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Text messages. The guard is asked before one leaves the machine; see "What leaves" below.
SMS_GATEWAY = "accounts.sms.FileGateway"
SMS_LOG = BASE_DIR / ".local" / "sms.log"
SMS_URL = ""
SMS_TOKEN = ""
SENDING_GUARD = "notices.gate.may_leave"

# Kazakh first. Days begin and end in Almaty (Kazakhstan has one time zone since 1 March 2024).
LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", _("Kazakh")), ("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Asia/Almaty"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT: Path | str = BASE_DIR / ".local" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT: Path | str = BASE_DIR / ".local" / "media"
# What people bring us as files lies apart from what the web server may serve: it has no address,
# and leaves only through a view that asks who wants it (registry/uploads.py).
UPLOADS_ROOT: Path | str = BASE_DIR / ".local" / "uploads"
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
SIGNATURE_MAX_BYTES = 1024 * 1024
EXTRACT_MAX_BYTES = 100 * 1024 * 1024
# Attachments of one filing, papers of one claim.
UPLOADS_AT_MOST = 20
# A sitting of the grants commission decides on each application of a call in one form: four fields
# each, 700 applications.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
# clamd, as tcp://host:port or unix:///path; empty: nothing is scanned, and each file says so.
CLAMAV_URL = ""
CLAMAV_TIMEOUT_SECONDS = 20
# A folder of the national authority's certificates (*.pem) that electronic signatures are checked
# against; empty: signatures are refused with a sentence, and filings count without.
SIGNING_TRUST_ROOTS: Path | str = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "uploads": uploads.on_disk(UPLOADS_ROOT),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Where files are collected they are named by their content and kept by browsers for ever.
COLLECTED_STATIC = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
# Besides what is packed already: the maps of packages' sources, large and asked for by nobody.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# What a browser may load on our pages: nothing from elsewhere, nothing inline. Bootstrap draws its
# ticks and arrows as data: images. config/policy.py says where the admin differs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}

# Celery. The timetable is in config/celery.py.
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# What leaves the portal (design.md section 8, "Safe by construction"): a notice goes out of the
# machine only where IS_PRODUCTION and NOTICES_RELEASED are both true, else only to an address on
# the allow-list (whole addresses, or domains written "@example.org"). The defaults send nothing
# anywhere but the console.
IS_PRODUCTION = False
NOTICES_RELEASED = False
NOTICES_ALLOW_LIST: list[str] = []
EMAIL_BACKEND = "notices.mailers.GuardedConsole"
DEFAULT_FROM_EMAIL = "register@portal.example"
# A mail provider, by its name in notices/providers.py, with its options in ANYMAIL; empty: SMTP.
EMAIL_PROVIDER = ""
# What one provider cannot do (a tag, a picture inside the message) never holds a letter back.
ANYMAIL: dict[str, object] = {"IGNORE_UNSUPPORTED_FEATURES": True}
# Without a provider: where mail that could not be delivered comes back to; empty: nowhere.
BOUNCE_ADDRESS = ""
BOUNCE_IMAP_HOST = ""
BOUNCE_IMAP_PORT = 993
BOUNCE_IMAP_USER = ""
BOUNCE_IMAP_PASSWORD = ""
BOUNCE_IMAP_FOLDER = "INBOX"
# The portal's own address, for links in letters.
PORTAL_URL = "http://127.0.0.1:8000"
# Open data of grants (public/open_data). 360Giving gives each publisher its prefix: this one is to
# be registered before launch, and never changes afterwards.
OPEN_DATA = {
    "prefix": "360G-kzngo",
    "publisher": "Центр поддержки гражданских инициатив",
    "license": "https://creativecommons.org/licenses/by/4.0/",
}

# How many notices may go, by all workers together: by a channel, to a mail domain, to each other
# domain. Counted in Redis (notices/rates.py).
NOTICES_RATES = {
    "email": "20/second",
    "email:*": "600/minute",
    "sms": "5/second",
}

# The file that goes with the e-mail of a notice: by its kind, the function that makes it.
NOTICE_ATTACHMENTS = {
    "receipt": "reregistration.documents.of_receipt_notice",
    "accepted": "reregistration.documents.of_accepted_notice",
}

# The function that makes the PDF of a batch of letters.
LETTER_PRINTER = "notices.documents.letters.print_letters"
# Who knows whether a notice is still true, so that staff may send it again: each is asked.
NOTICE_OUTDATED = ("reregistration.outdated.why", "grants.outdated.why")

# The ministry's desk (Django's admin in unfold's look). Its menu is in config/sidebar.py.
UNFOLD = {
    "SITE_TITLE": _("NGO register"),
    "SITE_HEADER": _("NGO register"),
    "SITE_SUBHEADER": _("Re-registration: the ministry's desk"),
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "DASHBOARD_CALLBACK": "reregistration.admin.dashboard.first_page",
    "STYLES": ["config.sidebar.style"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.sidebar.icon"}],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .013 236)",
            "100": "oklch(94% .026 236)",
            "200": "oklch(89% .05 236)",
            "300": "oklch(81% .08 237)",
            "400": "oklch(70% .1 238)",
            "500": "oklch(58% .1 240)",
            "600": "oklch(48% .095 243)",
            "700": "oklch(41% .085 245)",
            "800": "oklch(36% .07 246)",
            "900": "oklch(31% .06 247)",
            "950": "oklch(24% .05 248)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "config.sidebar.navigation",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # It tells of its own beginning, in every process that loads it.
    "loggers": {"pikepdf": {"level": "WARNING"}},
}
