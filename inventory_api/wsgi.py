"""The WSGI entry point that gunicorn serves."""

import os

import django
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")

django.setup(set_prefix=False)

from core.database.left_out import refuse_left_out  # noqa: E402, it needs django.setup()
from core.http.middleware import Handler, spare_work_of_requests  # noqa: E402, it needs django.setup()
from core.http.schema_checks import SCHEMA_CACHE  # noqa: E402

refuse_left_out()
application = Handler()
spare_work_of_requests()
# Load the routes with all views, and the schema, by which parameters are checked. The first request would wait for it.
_ = get_resolver().url_patterns
SCHEMA_CACHE.prepare()
