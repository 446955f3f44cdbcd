"""When do the servers start? At a command's first connection; `manage.py help` starts none."""

from typing import Any

from django.core.management.base import CommandError
from django.db.backends.postgresql import base

from local import servers
from local.backend.client import DatabaseClient


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, once this checkout's servers run."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            servers.join()
        except servers.ServersError as problem:
            # Of all errors this is the one that a command prints as a sentence.
            raise CommandError(str(problem)) from problem
        return super().get_new_connection(conn_params)
