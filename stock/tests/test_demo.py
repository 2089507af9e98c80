"""The demo shop is there for whoever starts the product, and nowhere else."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from inventory_api.welcome import DEMO_PASSWORD, DEMO_USERS, welcome
from products.models import Product
from stock.models import Movement
from stock.verification import breaks
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    call_command("load_demo")
    return User.objects.get(username="demo")


def test_the_shop_has_stock_that_its_ledger_explains(demo):
    assert Product.objects.for_user(demo).count() == 10
    assert Movement.objects.for_user(demo).count() == 26
    assert breaks(demo.pk) == []


def test_loading_it_again_changes_nothing(demo):
    call_command("load_demo")
    assert (User.objects.count(), Movement.objects.count()) == (len(DEMO_USERS), 26)


@pytest.mark.parametrize("name", DEMO_USERS)
def test_every_demo_user_that_is_printed_can_sign_in(demo, client, name):
    answer = client.post("/api/login/", {"username": name, "password": DEMO_PASSWORD})
    assert answer.status_code == 200
    assert name in welcome(8000)


def test_support_opens_the_admin(demo, client):
    assert client.login(username="support", password=DEMO_PASSWORD)
    assert client.get("/admin/stock/movement/").status_code == 200


def test_outside_of_demo_mode_there_is_no_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_an_interrupted_load_leaves_nothing(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setattr("stock.management.commands.load_demo.trade", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("load_demo")
    assert not User.objects.exists()
    assert connection.is_usable()
