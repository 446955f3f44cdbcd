from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = _("Register")

    def ready(self) -> None:
        from accounts import region_names
        from registry.checks import folds_kazakh
        from registry.regions import names

        register(folds_kazakh, Tags.database)
        region_names.known_by(names)
