# syntax=docker/dockerfile:1

FROM python:3.11-slim AS build
WORKDIR /srv/portal
# gettext compiles the message catalogues; it stays behind in this stage.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN django-admin compilemessages
# Production settings refuse to start without these three; collecting files uses none of them.
RUN DJANGO_SETTINGS_MODULE=config.settings.production \
    SECRET_KEY=unused DATABASE_URL=postgresql://unused REDIS_URL=redis://unused \
    python manage.py collectstatic --no-input --verbosity 0
RUN python -m compileall -q accounts config grants notices public registry reregistration

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portal
WORKDIR /srv/portal
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/portal .
RUN install --directory --owner=portal /srv/portal/media /srv/portal/uploads
ENV PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    PYTHONUNBUFFERED=1 \
    WEB_CONCURRENCY=3
USER portal
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", \
     "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
