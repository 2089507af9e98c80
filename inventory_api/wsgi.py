"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")

application = get_wsgi_application()

# Django imports the routes, and with them all views, on the first request: do it before, so that nobody waits.
_ = get_resolver().url_patterns
