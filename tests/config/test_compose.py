"""docker-compose.yml: what it starts, in which order, and how each service tells that it is well.

There is no engine where the tests run: they read the file, and start nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config.health import PATH

ROOT = Path(settings.BASE_DIR)
OURS = ("web", "worker", "beat")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


@pytest.mark.parametrize("name", [*OURS, "postgres", "redis", "mail"])
def test_each_service_that_stays_tells_whether_it_is_well(
    services: dict[str, Any], name: str
) -> None:
    check = services[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", OURS)
def test_ours_wait_for_the_migrations_and_for_redis(services: dict[str, Any], name: str) -> None:
    awaited = services[name]["depends_on"]
    assert awaited["migrate"]["condition"] == "service_completed_successfully"
    assert awaited["redis"]["condition"] == "service_healthy"


def test_migrations_wait_for_the_database(services: dict[str, Any]) -> None:
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_all_of_ours_run_one_image_with_one_environment(services: dict[str, Any]) -> None:
    for name in OURS:
        assert services[name]["image"] == services["migrate"]["image"]
        assert services[name]["environment"] == services["migrate"]["environment"]


def test_web_is_asked_where_the_portal_answers(services: dict[str, Any]) -> None:
    assert f"http://127.0.0.1:8000{PATH}" in " ".join(services["web"]["healthcheck"]["test"])


def test_the_timetable_is_asked_by_the_file_that_it_keeps(services: dict[str, Any]) -> None:
    command = services["beat"]["command"]
    kept = command[command.index("--schedule") + 1]
    assert kept in " ".join(services["beat"]["healthcheck"]["test"])


def test_web_and_worker_can_be_more_than_one(services: dict[str, Any]) -> None:
    """A name of its own, or one fixed port, would let a second one fail to start."""
    for name in ("web", "worker"):
        assert "container_name" not in services[name]
    (port,) = services["web"]["ports"]
    assert port.startswith("127.0.0.1:${PORT:-")


def test_the_image_lets_the_environment_say_how_many_processes_serve() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "WEB_CONCURRENCY=" in dockerfile
    assert "--workers" not in dockerfile
