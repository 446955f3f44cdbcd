"""The mail providers that the portal can send through, and what each must be given.

Knows names alone, so that the settings may ask it before Django is there. A provider without
signed or secret reports is none of ours: anybody could tell the portal that a letter arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SHARED = "WEBHOOK_SECRET"


@dataclass(frozen=True)
class Provider:
    """`view` takes its reports; one of `secrets` proves that they are its own; it sends with
    `needs`."""

    view: str
    needs: tuple[str, ...]
    secrets: tuple[str, ...]


# django-anymail's names. Of its other providers it tests no more, or they want a package more.
PROVIDERS: dict[str, Provider] = {
    "amazon_ses": Provider("AmazonSESTrackingWebhookView", (), (_SHARED,)),
    "brevo": Provider("BrevoTrackingWebhookView", ("BREVO_API_KEY",), (_SHARED,)),
    "mailersend": Provider(
        "MailerSendTrackingWebhookView",
        ("MAILERSEND_API_TOKEN",),
        ("MAILERSEND_SIGNING_SECRET",),
    ),
    "mailgun": Provider(
        "MailgunTrackingWebhookView",
        ("MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN"),
        ("MAILGUN_WEBHOOK_SIGNING_KEY",),
    ),
    "mailjet": Provider(
        "MailjetTrackingWebhookView", ("MAILJET_API_KEY", "MAILJET_SECRET_KEY"), (_SHARED,)
    ),
    "postmark": Provider("PostmarkTrackingWebhookView", ("POSTMARK_SERVER_TOKEN",), (_SHARED,)),
    "sparkpost": Provider("SparkPostTrackingWebhookView", ("SPARKPOST_API_KEY",), (_SHARED,)),
    "unisender_go": Provider(
        "UnisenderGoTrackingWebhookView",
        ("UNISENDER_GO_API_KEY", "UNISENDER_GO_API_URL"),
        ("UNISENDER_GO_API_KEY",),
    ),
}
_PREFIX = "ANYMAIL_"


def options_from(environment: Mapping[str, str]) -> dict[str, object]:
    """The options of django-anymail: ANYMAIL_POSTMARK_SERVER_TOKEN is POSTMARK_SERVER_TOKEN."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in environment.items()
        if name.startswith(_PREFIX) and value
    }


def fault(name: str, options: Mapping[str, object]) -> str:
    """Why the portal must not start with that provider; empty where it may, or has none."""
    if not name:
        return ""
    if name not in PROVIDERS:
        return f"EMAIL_PROVIDER names {name}, which is none of: {', '.join(sorted(PROVIDERS))}."
    provider = PROVIDERS[name]
    missing = [each for each in provider.needs if not options.get(each)]
    if missing:
        return f"The provider {name} needs {_variables(missing, ' and ')}."
    if not is_secured(name, options):
        return (
            f"The reports of the provider {name} would be anybody's: set "
            f"{_variables(provider.secrets, ' or ')}."
        )
    return ""


def is_secured(name: str, options: Mapping[str, object]) -> bool:
    """Whether a report can be told from a forged one."""
    secrets = [str(options.get(each) or "") for each in PROVIDERS[name].secrets]
    # The shared secret is a name and a password; with either of them empty it is none.
    return any(
        all(secret.partition(":")[::2]) if each == _SHARED else bool(secret)
        for each, secret in zip(PROVIDERS[name].secrets, secrets, strict=True)
    )


def _variables(options: tuple[str, ...] | list[str], word: str) -> str:
    return word.join(f"{_PREFIX}{each}" for each in options)
