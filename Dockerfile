# The product as the Procfile runs it: without what only tests and development need, as a user without rights.
FROM python:3.11.14-slim-bookworm

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY . ./
# Compiled once, here: who runs it can't write to this folder.
RUN python -m compileall -q .
USER 10001:10001

EXPOSE 8000
# The process answers; whether the database does is for /readyz, and no reason to start this anew.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.getenv(\"PORT\", \"8000\")}/healthz')"]
CMD ["gunicorn"]
