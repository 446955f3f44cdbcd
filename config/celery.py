"""When does what run by itself? The Celery app and THE timetable.

A task reads the clock and calls one verb; a missed run is caught up by the next one, because
every verb asks "what is due by now?" and none "what is due at this moment?".
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Times are those of Asia/Almaty.
app.conf.beat_schedule = {
    "write moved due dates": {
        "task": "reregistration.tasks.write_moved_dates",
        "schedule": crontab(minute="*"),
    },
    "write changes of scope": {
        "task": "reregistration.tasks.write_scope_changes",
        "schedule": crontab(minute="*"),
    },
    # Before anything is asked of a date.
    "settle the holds": {
        "task": "reregistration.tasks.settle_holds",
        "schedule": crontab(hour="0", minute="2"),
    },
    "move the overdue": {
        "task": "reregistration.tasks.move_overdue",
        "schedule": crontab(hour="0", minute="5"),
    },
    "settle claims": {
        "task": "reregistration.tasks.settle_claims",
        "schedule": crontab(hour="0", minute="20"),
    },
    "queue due notices": {
        "task": "reregistration.tasks.queue_due_notices",
        # Often, because a wave of notices begins when the pause after the last one is over.
        "schedule": crontab(hour="8-19", minute="*/15"),
    },
    "release the verified": {
        "task": "reregistration.tasks.release_verified",
        "schedule": crontab(hour="0", minute="35"),
    },
    "seal the ledger": {
        "task": "registry.tasks.seal",
        "schedule": crontab(hour="0", minute="50"),
    },
    # A clerk waits for it.
    "run imports": {
        "task": "registry.tasks.run_imports",
        "schedule": crontab(minute="*"),
    },
    "end imports that nobody committed": {
        "task": "registry.tasks.expire_imports",
        "schedule": crontab(hour="0", minute="45"),
    },
    "deliver what is queued": {
        "task": "notices.tasks.deliver_due",
        "schedule": crontab(minute="*"),
    },
    "read the bounce mailbox": {
        "task": "notices.tasks.read_bounces",
        "schedule": crontab(minute="*/10"),
    },
    # An SMS wakes who reads it.
    "deliver short messages": {
        "task": "notices.tasks.deliver_short_messages",
        "schedule": crontab(minute="*", hour="9-19"),
    },
    "make the letter batch": {
        "task": "notices.tasks.make_letter_batch",
        "schedule": crontab(hour="6", minute="30"),
    },
    "publish what reached nobody": {
        "task": "notices.tasks.publish",
        "schedule": crontab(minute="25"),
    },
    "mark non-responders of authorised rounds": {
        "task": "reregistration.tasks.mark_non_responders",
        "schedule": crontab(hour="9-17", minute="*/10"),
    },
    # The notice of it is adverse, so that it goes out in working hours alone.
    "refer the files of signed schedules": {
        "task": "reregistration.tasks.send_signed_schedules",
        "schedule": crontab(hour="9-17", minute="5-59/10"),
    },
    "tell the receiving bodies": {
        "task": "reregistration.tasks.tell_receiving_bodies",
        "schedule": crontab(hour="8-19", minute="5-59/15"),
    },
    # Behind the night's moves of standing.
    "warn the officers of grants": {
        "task": "grants.tasks.watch_standing",
        "schedule": crontab(hour="0", minute="40"),
    },
    # In the hours of the other notices; again in the afternoon, for who was asked meanwhile.
    "remind of reports on grants": {
        "task": "grants.tasks.remind_of_reports",
        "schedule": crontab(hour="9,15", minute="10"),
    },
    "let courts' decisions take effect": {
        "task": "reregistration.tasks.apply_court_decisions",
        "schedule": crontab(hour="0", minute="15"),
    },
}
