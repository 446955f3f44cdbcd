"""Which psql does `manage.py dbshell` open? The one that came with the server."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from local import servers
from local.programs import postgres_programs


class DatabaseClient(client.DatabaseClient):
    """psql on this checkout's server, started for it if need be."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        (_, *arguments), environment = super().settings_to_cmd_args_env(settings_dict, parameters)
        return [str(postgres_programs() / "psql"), *arguments], environment

    def runshell(self, parameters: Iterable[str]) -> None:
        servers.join()
        super().runshell(parameters)
