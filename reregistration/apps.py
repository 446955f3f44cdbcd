from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReregistrationConfig(AppConfig):
    name = "reregistration"
    verbose_name = _("Re-registration")
