# One image for web, worker, beat and migrations. It holds no secret: those come from the environment of each container.
FROM python:3.12-slim AS packages
WORKDIR /srv/credence
COPY requirements.lock ./
# Everything is pinned with its hash, and nothing is built from source.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: --requirement requirements.lock

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CREDENCE_STATIC=/srv/credence/static-collected CREDENCE_FILES=/srv/credence/files
RUN groupadd --gid 10001 credence && useradd --uid 10001 --gid credence --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin credence
WORKDIR /srv/credence
COPY --from=packages /opt/venv /opt/venv
COPY . .
# Static files are collected once, here, and are for the server's user to read: uploads are for their writer alone. No database is asked, and the key of this line signs nothing that outlives it.
RUN DATABASE_URL=postgresql:///none SECRET_KEY=build-only DJANGO_SETTINGS_MODULE=config.settings.base \
    sh -c 'python manage.py build_font && python manage.py collectstatic --noinput --verbosity 0' \
    && chmod -R a=rX static-collected && mkdir files && chown credence:credence files
ENV DJANGO_SETTINGS_MODULE=config.settings.prod
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--timeout", "60", "--graceful-timeout", "20", "--worker-tmp-dir", "/dev/shm"]
