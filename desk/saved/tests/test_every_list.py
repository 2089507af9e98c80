"""Each list and report by mail, with the rows of a shop that has everything."""

import pytest
from django.core import mail

from desk.saved import jobs
from desk.saved.models import SavedView
from desk.saved.routes import list_open
from desk.saved.tests.test_mail import DAILY, make_due
from testing.cast.people import client_of
from web.list_routes import list_routes

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_each_list_and_report_is_mailed_as_text_and_with_its_file(world, settings):
    settings.MAIL_ON, settings.PUBLIC_URL, settings.ALLOWED_HOSTS = True, "https://stock.example.org", ["*"]
    owner = world.shops["alice"].owner
    client = client_of(owner)
    routes = list_open(owner)
    assert len(routes) > 40
    for route in routes:
        SavedView.objects.all().delete()
        has_file = bool(list_routes()[route].file_route)
        for file_format in ("text", "csv") if has_file else ("text",):
            mailed = {**DAILY, "format": file_format, "when_empty": True}
            view = {"name": file_format, "route": route, "query": "", "mail": mailed}
            created = client.post("/api/views/", view, format="json")
            assert created.status_code == 201, (route, created.content)
            make_due(SavedView.objects.get(pk=created.json()["id"]))
        mail.outbox.clear()
        jobs.send_due_views()
        attached = [[name for name, _content, _type in sent.attachments] for sent in mail.outbox]
        assert [len(names) for names in attached] == ([0, 1] if has_file else [0]), route
        assert not SavedView.objects.filter(mail_failures__gt=0).exists()
