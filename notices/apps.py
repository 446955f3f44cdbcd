from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from notices.checks import mail_is_secured

        register(mail_is_secured)
