"""What the worker and the support desk ask of all accounts, on a cluster. `make live GROUND=citus` runs this file."""

import pytest
from django.conf import settings
from django.test import Client

from desk.support.figures import PANELS
from desk.support.models import WorkerProcess
from ops.jobs import Presence, analyze_grown_tables
from records.events.notices.jobs import send_due_notices
from records.events.services import count_events
from records.events.webhooks.jobs import find_due, measure_backlog
from records.events.webhooks.models import Webhook, WebhookState
from stock.jobs import record_due_lots
from stock.models import Seal
from stock.proofs.services import seal_due
from testing.cast.people import make_product
from trade.purchasing.jobs import send_due_orders
from users.jobs import Round

pytestmark = [
    pytest.mark.skipif(not settings.DB_CITUS, reason="needs Citus: make live GROUND=citus"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def webhooks(world):
    """A webhook of each shop, which is on and has sent nothing."""
    for shop in world.shops.values():
        Webhook.objects.filter(owner=shop.owner, pk=shop.id_of(Webhook)).update(state=WebhookState.ON, off_reason="")
    return list(Webhook.objects.all())


def test_webhooks_of_all_accounts_are_due(webhooks):
    assert {(due.owner_id, due.pk) for due in find_due()} == {(webhook.owner_id, webhook.pk) for webhook in webhooks}


def test_the_figures_are_those_of_all_webhooks(webhooks):
    figures = measure_backlog()
    assert (figures["on"], figures["behind"]) == (2, sum(count_events(webhook.owner_id) for webhook in webhooks))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "job", [send_due_notices, send_due_orders, Round(record_due_lots, 60).run, analyze_grown_tables]
)
def test_a_job_finds_nothing_that_is_left_to_do(job, settings):
    settings.MAIL_ON = True
    assert not job()


def test_each_account_is_sealed(alice, charlie):
    for owner in (alice, charlie):
        make_product(owner, quantity=1)
    seals = Round(seal_due, 60)
    while seals.run():
        pass
    assert {seal.owner_id for seal in Seal.objects.all()} == {alice.pk, charlie.pk}


@pytest.mark.usefixtures("transactional_db")
def test_a_worker_reports_in_one_row():
    presence = Presence()
    presence.report()
    presence.report()
    assert WorkerProcess.objects.count() == 1
    presence.end()
    assert not WorkerProcess.objects.exists()


def test_the_desk_shows_all_figures(world, settings):
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.force_login(world.users["helen"])
    assert len(client.get("/admin/").context["panels"]) == len(PANELS)
