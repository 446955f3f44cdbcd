"""A worker is killed while it sends: nothing is lost, and what is doubled can be told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest
from pytest_django import Settings

from local.checkout import ROOT
from notices import dispatch
from notices.models import Dispatch
from notices.states import DispatchState
from tests.factories.notices import DispatchFactory
from tests.gunicorn import database_url
from tests.notices.smtp_stub import SmtpStub, running

COUNT = 60
WORKER = """
import sys
from datetime import datetime, timedelta
import django
from django.conf import settings
django.setup()
settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.NOTICES_ALLOW_LIST = ["@ngo.example"]
from notices import dispatch
dispatch.deliver_due(at=datetime.fromisoformat(sys.argv[2]), budget=timedelta(minutes=1))
"""


@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("after", [1, 7, 30, 59])
def test_what_a_killed_worker_held_is_sent_by_the_next(
    settings: Settings, at: datetime, after: int
) -> None:
    DispatchFactory.create_batch(COUNT, made_at=at)
    with running() as server:
        server.pause = 0.02
        kill_worker_after(after, server, at)
        begun = len(server.messages)
        assert after <= begun <= COUNT
        settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.NOTICES_ALLOW_LIST = ["@ngo.example"]
        server.pause = 0
        # Before the lease is over nobody takes up the slice; after it, the next one does.
        early = dispatch.deliver_due(at=at + dispatch.LEASE / 2, budget=timedelta(minutes=1))
        later = dispatch.deliver_due(at=at + 2 * dispatch.LEASE, budget=timedelta(minutes=1))
        sent = Counter(message["Message-ID"] for message in server.messages)
    assert early.sent == 0
    assert later.sent == COUNT
    assert set(Dispatch.objects.values_list("state", flat=True)) == {DispatchState.SENT}
    assert set(sent) == set(Dispatch.objects.values_list("message_id", flat=True))
    assert max(sent.values()) == 2
    assert sum(sent.values()) <= COUNT + begun + 1


def kill_worker_after(count: int, server: SmtpStub, at: datetime) -> None:
    """Start a worker of its own, and SIGKILL it when it has sent so many."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(server.port), at.isoformat()],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "DATABASE_URL": database_url(),
        },
    )
    limit = monotonic() + 60
    while len(server.messages) < count:
        assert worker.poll() is None, "the worker ended by itself"
        assert monotonic() < limit, "the worker sends nothing"
        sleep(0.001)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
