"""The top of the house: settings, URLs, and the timetable of the background work."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
