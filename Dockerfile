# The product as the Procfile runs it, without packages for tests and development, as an unprivileged user.
FROM python:3.11.14-slim-bookworm

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY . ./
# Compile now, because the user that runs it can't write to this folder.
RUN python -m compileall -q .
# The worker writes exports into this folder. A new volume that is mounted there gets its owner.
RUN install --directory --mode=700 --owner=10001 --group=10001 exports
USER 10001:10001
# /readyz and the log say it, because images have no git.
ARG COMMIT=""
ENV COMMIT=$COMMIT

EXPOSE 8000
# Checks only the process. /readyz checks the database, whose failure is no reason to restart this container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.getenv(\"PORT\", \"8000\")}/healthz')"]
CMD ["gunicorn"]
