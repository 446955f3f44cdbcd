"""Which site is the admin? Apart from the site itself, which needs the models to be there."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "config.desk.Desk"
