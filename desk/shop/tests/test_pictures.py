"""The picture of a product on its page and in lists, and the form that works without a script."""

import io
import re

import pytest
from django.test import Client

from products.models import Picture
from products.pictures.tests.samples import encode, plain
from testing.cast.people import let_use
from testing.tables import all_cases


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def send(page, product, data=None, **fields):
    file = {} if data is None else {"file": io.BytesIO(data)}
    return page.post(f"/shop/products/{product.pk}/picture/", {**file, **fields})


def show(page, address):
    return page.get(address, headers={"Accept": "text/html"}).text


def test_a_picture_is_saved_shown_and_removed_without_a_script(page, alice, kettle):
    let_use(alice, "pictures")
    address = f"/api/products/{kettle.pk}/"
    before = show(page, address)
    assert f'action="/shop/products/{kettle.pk}/picture/" method="post" enctype="multipart/form-data"' in before
    assert 'type="file" name="file" id="picture-file" accept="image/*" capture="environment"' in before
    assert "Remove the picture" not in before
    answer = send(page, kettle, encode(plain()))
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    after = show(page, address)
    assert "Saved the picture." in after
    picture = page.get(address).json()["picture"]
    assert f'<img src="{picture}&amp;size=200"' in after
    assert page.get(picture).headers["Content-Type"] == "image/jpeg"
    send(page, kettle, remove="yes")
    assert "Removed the picture." in show(page, address)
    assert not Picture.objects.exists()


@all_cases("has_picture", [False, True])
def test_a_picture_that_somebody_else_has_changed_is_not_replaced(page, alice, kettle, has_picture):
    let_use(alice, "pictures")
    address = f"/api/products/{kettle.pk}/"
    if has_picture:
        send(page, kettle, encode(plain()))
    shown = re.search('name="shown" value="([^"]*)"', show(page, address))[1]
    send(page, kettle, encode(plain("RGB", "blue")))
    now = page.get(address).json()["picture"]
    send(page, kettle, encode(plain("RGB", "green")), shown=shown)
    assert "Somebody else has changed the picture meanwhile" in show(page, address)
    send(page, kettle, remove="yes", shown=shown)
    assert page.get(address).json()["picture"] == now
    send(page, kettle, encode(plain("RGB", "green")), shown=now)
    assert page.get(address).json()["picture"] != now


@all_cases("data", [None, b"", b"no picture"])
def test_a_refused_picture_is_explained_on_the_page_of_the_product(page, kettle, data):
    assert send(page, kettle, data).status_code == 303
    assert "This is no picture that can be read" in show(page, f"/api/products/{kettle.pk}/")


def test_the_form_of_an_earlier_session_saves_nothing(alice, kettle):
    page = Client(enforce_csrf_checks=True)
    page.force_login(alice)
    assert send(page, kettle, encode(plain())).status_code == 303
    assert not Picture.objects.exists()


def test_workers_see_the_picture_and_no_form(page, client, bob, kettle):
    send(page, kettle, encode(plain()))
    client.force_login(bob)
    shown = show(client, f"/api/products/{kettle.pk}/")
    assert (f"/api/products/{kettle.pk}/picture/?v=" in shown, "picture-file" in shown) == (True, False)
    assert send(client, kettle, encode(plain())).status_code == 403


def test_lists_show_small_pictures_of_a_fixed_size_when_they_are_scrolled_to(page, kettle):
    send(page, kettle, encode(plain()))
    [image] = re.findall('<img class="thumb"[^>]*>', show(page, "/api/products/"))
    assert re.search(r'src="/api/products/\d+/picture/\?v=[0-9a-f]{32}&amp;size=200"', image)
    assert 'alt="" width="40" height="40" loading="lazy"' in image


def test_a_get_of_the_form_leads_to_the_product(page, kettle):
    answer = page.get(f"/shop/products/{kettle.pk}/picture/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/api/products/{kettle.pk}/")
