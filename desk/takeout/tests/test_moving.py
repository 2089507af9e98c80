"""A shop moves to another installation: its export is imported, and everything is as it was but for the ids."""

import errno
import os
import re
from datetime import timedelta
from unittest.mock import Mock
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from core.files.picture_limits import MAX_LARGE_BYTES, MAX_SMALL_BYTES
from core.files.pictures import ReadPicture
from desk.saved.models import SavedView
from desk.takeout.importing.services import STEP, import_shop
from desk.takeout.tests.conftest import alter, export, forge, free_names, read_table, refuse
from products.models import CustomField, KitCode, Picture, Product, Profile
from products.pictures.services import set_picture
from products.pictures.tests.samples import encode, photo
from records.events.webhooks.models import Webhook, WebhookState
from records.events.webhooks.services import make_secret
from stock.models import MAX_PARTS, Movement, Seal
from stock.proofs.services import read_file
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.namesakes import accept_namesakes
from testing.cast.people import client_of, make_key, make_product, make_products, make_user
from testing.cast.shops import rows_of
from testing.cast.tills import Device
from trade.customers.models import Customer
from trade.kits.models import Kit, KitPart, SoldKit
from trade.kits.tests.kits import make_kit, sell
from trade.reservations.models import ReservedKit
from trade.tills.models import Drop, Till
from users.access.roles import Role
from users.models import ApiKey, Factor, FactorKind, User

# Imported rows get ids of about twice the highest one. Without a reset, they become too large after some tests.
pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True)]


def move(owner):
    """Import the export of the owner's shop next to it. Return the owner of the copy."""
    file = export(owner)
    free_names()
    return import_shop(file, lambda _text: None)


def test_in_an_empty_installation_every_row_is_the_same(world):
    owner = world.shops["alice"].owner
    file = export(owner)
    before = rows_of(owner)
    call_command("flush", interactive=False, verbosity=0)
    assert import_shop(file, lambda _text: None).pk == owner.pk
    after = rows_of(owner)
    changed = {label for label, rows in before.items() if rows != after[label]}
    assert changed == {
        "evidence.Pack", "idempotency.IdempotencyKey", "stock.Verification", "takeout.Export", "webhooks.Webhook",
        "users.User", "users.ApiKey", "users.Factor", "tills.Till", "products.Tally",
        "reports.SalesDay",
    }  # fmt: skip


def test_the_seals_hold_after_a_move_and_other_shops_stay_as_they_are(world):
    former, charlie = world.shops["alice"].owner, world.shops["charlie"].owner
    file = export(former)
    free_names()
    before = rows_of(charlie)
    owner = import_shop(file, lambda _text: None)
    assert rows_of(charlie) == before
    seals = list(Seal.objects.filter(owner=owner).order_by("number"))
    old = Seal.objects.filter(owner=former).order_by("number")
    assert [bytes(seal.digest) for seal in seals] == [bytes(seal.digest) for seal in old]
    with ZipFile(file) as archive:
        assert all(b"".join(read_file(seal)) == archive.read(f"seals/{seal.number}.jsonl") for seal in seals)
    assert find_breaks(owner.pk) == []
    assert client_of(owner).get("/api/stock/verify/").json()["broken"] == []


def test_a_shop_that_has_moved_books_and_seals_on_with_higher_ids_and_moves_again(world):
    owner = move(world.shops["alice"].owner)
    client, product = client_of(owner), Movement.objects.filter(owner=owner).latest("id").product_id
    sale = {"product": product, "movement_type": "IN", "quantity": 1}
    assert client.post("/api/stock/", sale).status_code == 201
    assert client.post("/api/stock/seals/").status_code == 201
    assert make_user("newcomer").pk > max(User.objects.with_workers(owner).values_list("pk", flat=True))
    assert make_product(owner, "Cup", quantity=3).pk > world.shops["alice"].products[-1].pk + STEP
    again = move(owner)
    former, shift = world.shops["alice"].owner, again.pk - owner.pk
    shifts = Seal.objects.filter(owner=again).order_by("number").values_list("shift", flat=True)
    assert [*shifts] == [again.pk - former.pk] * Seal.objects.filter(owner=former).count() + [shift, shift]
    assert find_breaks(again.pk) == []


def test_a_product_without_stock_moves_with_its_sales_and_returns(alice, as_alice):
    fields = {"price": "2.00", "cost_price": "0.50", "keeps_stock": False, "min_threshold": None}
    line = {"product": make_product(alice, "Gift wrap", **fields).pk, "quantity": 3}
    sold = as_alice.post("/api/stock/operations/", {"lines": [{**line, "movement_type": "OUT"}]}, format="json").json()
    back = as_alice.post(
        f"/api/stock/operations/{sold['id']}/return/", {"lines": [{**line, "quantity": 1}]}, format="json"
    )
    assert back.status_code == 201, back.json()
    owner = move(alice)
    names = "movement_type", "quantity", "old_quantity", "new_quantity", "value", "unit_price"
    moved, former = (
        list(Movement.objects.filter(owner=one).order_by("id").values_list(*names)) for one in (owner, alice)
    )
    assert moved == former
    assert len(moved) == 4
    wrap = Product.objects.get(owner=owner)
    assert (wrap.keeps_stock, wrap.min_threshold, wrap.quantity) == (False, None, 0)
    assert find_breaks(owner.pk) == []
    assert client_of(owner).get("/api/stock/verify/").json()["broken"] == []
    again = {"product": wrap.pk, "movement_type": "OUT", "quantity": 2}
    assert client_of(owner).post("/api/stock/", again).status_code == 201


def test_the_largest_kit_moves_with_its_codes_history_sales_and_orders(alice, as_alice):
    parts = {product.pk: 2 for product in make_products(alice, MAX_PARTS, 9)}
    kit = make_kit(alice, "Basket", parts, sku="KIT-1", barcode="4006381333931", price="99.99")["id"]
    part = {"product": next(iter(parts)), "quantity": 1}
    as_alice.patch(f"/api/kits/{make_kit(alice, 'Small', parts)['id']}/", {"parts": [part]})
    assert sell(as_alice, {"kit": kit, "quantity": 2}, reason="sale").status_code == 201
    assert as_alice.post("/api/stock/reservations/", {"lines": [{"kit": kit, "quantity": 1}]}).status_code == 201
    owner = move(alice)
    for model in (Kit, KitPart, KitCode, SoldKit, ReservedKit):
        assert model.objects.filter(owner=owner).count() == model.objects.filter(owner=alice).count() > 0, model
    client = client_of(owner)
    [moved] = client.get("/api/kits/", {"sku": "kit-1"}).json()["results"]
    assert (moved["name"], moved["price"], len(moved["parts"]), moved["available"]) == ("Basket", "99.99", MAX_PARTS, 1)
    events = [event for event in client.get("/api/events/").json()["events"] if event["type"].startswith("kit.")]
    assert events[0]["data"] == {"kit": moved["id"]}
    assert sell(client, {"sku": "KIT-1", "quantity": 1}, reason="sale").status_code == 201
    taken = client.post("/api/products/", {"name": "Other", "price": "1.00", "sku": "KIT-1"})
    assert taken.status_code == 400
    assert find_breaks(owner.pk) == []


def test_nobody_arrives_with_a_password_a_key_a_webhook_or_a_second_factor_that_works(world):
    former = world.shops["alice"].owner
    assert Factor.objects.filter(user=former, kind=FactorKind.PASSKEY).exists()
    owner = move(former)
    people = User.objects.with_workers(owner)
    assert not any(user.has_usable_password() or user.is_staff or user.is_superuser for user in people)
    assert not any(user.confirmed_email for user in people)
    keys = ApiKey.objects.filter(user__in=people)
    assert keys
    assert all(key.revoked_at for key in keys)
    assert {hook.state for hook in Webhook.objects.filter(owner=owner)} == {"off"}
    assert {user.second_factor_since for user in people} == {None}
    assert not Factor.objects.filter(user__in=people).exists()
    assert client_of(owner).get("/api/users/me/factors/").json()["results"] == []


@pytest.mark.quick
def test_a_webhook_and_a_key_arrive_switched_off(alice):
    Webhook.objects.create(owner=alice, url="https://hooks.example.org/", position=0, secret=make_secret())
    make_key(alice, "till")
    owner = move(alice)
    assert Webhook.objects.get(owner=owner).state == WebhookState.OFF
    assert ApiKey.objects.get(user=owner).revoked_at


def test_a_moved_shop_that_requires_second_factors_has_its_days_again(alice):
    User.objects.filter(pk=alice.pk).update(second_factor_required_at=timezone.now() - timedelta(days=400))
    owner = move(alice)
    assert owner.second_factor_due - timezone.now() > timedelta(days=13)
    assert client_of(owner).get("/api/products/").status_code == 200


def test_a_name_and_an_address_that_are_taken_are_reported(alice, kettle):
    file, said = export(alice), []
    owner = import_shop(file, said.append)
    assert owner.username == "alice-2"
    assert owner.email == ""
    assert said[:2] == [
        f"The name alice is taken: the user is now {owner.username}.",
        f"The e-mail address of {owner.username} is taken: enter another one.",
    ]
    assert import_shop(file, said.append, "alicia").username == "alicia"


def test_a_name_that_is_an_address_here_and_an_address_that_is_a_name_here_are_reported(alice, charlie):
    User.objects.filter(pk=alice.pk).update(username="a@example.org", email="alice@example.org")
    file, said = export(User.objects.get(pk=alice.pk)), []
    User.objects.filter(pk=alice.pk).update(username="alice", email="")
    User.objects.filter(pk=charlie.pk).update(username="alice@example.org", email="a@example.org")
    owner = import_shop(file, said.append)
    assert (owner.username.startswith("a@example.org-"), owner.email) == (True, "")
    assert ["is taken" in line for line in said[:2]] == [True, True]


@pytest.mark.skipif(settings.DB_CITUS, reason="Citus switches no triggers of the users on and off")
def test_a_name_that_is_the_address_of_a_colleague_in_the_file_is_reported(alice, bob):
    """Release 1.0.0 accepted both."""
    with accept_namesakes():
        User.objects.filter(pk=alice.pk).update(email="b@example.org")
        User.objects.filter(pk=bob.pk).update(username="b@example.org")
    file, said = export(User.objects.get(pk=alice.pk)), []
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(
        username=Concat(Value("former-"), "id", output_field=CharField()), email=""
    )
    owner = import_shop(file, said.append)
    assert owner.email == "b@example.org"
    assert [line.split(":")[0] for line in said if "is taken" in line] == ["The name b@example.org is taken"]


def test_a_user_who_has_booked_and_left_the_shop_becomes_an_inactive_user(as_bob, alice, bob, kettle):
    """The seals have the id of the user, so it has to exist. The file has no other data of it."""
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    User.objects.filter(pk=bob.pk).update(employer=None)
    file = export(alice)
    assert [row["id"] for row in read_table(file, "users_user")] == [alice.pk]
    owner = import_shop(file, lambda _text: None)
    stranger = User.objects.get(pk=bob.pk + owner.pk - alice.pk)
    assert (stranger.username, stranger.is_active, stranger.employer) == (f"user-{stranger.pk}", False, None)
    assert find_breaks(owner.pk) == []


def test_a_shop_that_was_handed_over_keeps_its_leader(alice, bob):
    alice.led_by = bob
    alice.save(update_fields=["led_by"])
    owner = move(alice)
    assert (owner.pk != alice.pk, owner.leader.username, owner.leader.employer_id) == (True, "bob", owner.pk)


def test_a_file_of_an_older_release_lacks_columns(alice, kettle):
    file = export(alice)
    with ZipFile(file) as archive:
        rows = archive.read("tables/products_product.jsonl")
    assert b'"supplier_sku":"",' in rows
    older = forge(file, "tables/products_product.jsonl", lambda text: text.replace(b'"supplier_sku":"",', b""))
    owner = import_shop(older, lambda _text: None)
    assert make_product(owner, "Cup").supplier_sku == ""


# --- The commands ----------------------------------------------------------------------------------------------


def test_the_commands_move_a_shop(alice, bob, kettle, tmp_path, capsys):
    bob.role = Role.WORKER
    call_command("export_account", "bob", tmp_path / "shop.zip")
    assert (tmp_path / "shop.zip").stat().st_mode & 0o777 == 0o600
    free_names()
    call_command("import_account", tmp_path / "shop.zip", owner="anna")
    said = capsys.readouterr().out
    assert "anna owns the shop" in said
    assert "manage.py changepassword anna" in said
    with (tmp_path / "shop.zip").open("rb") as file:
        assert len(read_table(file, "users_user")) == 2


def test_a_command_that_can_not_write_the_file_leaves_none(alice, kettle, monkeypatch, tmp_path):
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "fsync", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(CommandError, match="can't be written: No space left"):
            call_command("export_account", "alice", tmp_path / "shop.zip")
    assert [*tmp_path.iterdir()] == []
    with pytest.raises(CommandError, match="can't be written: No such file or directory"):
        call_command("export_account", "alice", tmp_path / "missing" / "shop.zip")
    call_command("export_account", "alice", tmp_path / "shop.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["shop.zip"]


def test_the_commands_explain_what_is_wrong(alice, tmp_path):
    (tmp_path / "empty.zip").touch()
    with pytest.raises(CommandError, match="No shop has a user named zoe"):
        call_command("export_account", "zoe", tmp_path / "shop.zip")
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_account", "alice", tmp_path / "empty.zip")
    with pytest.raises(CommandError, match="no export of a shop"):
        call_command("import_account", tmp_path / "empty.zip")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_account", tmp_path / "missing.zip")


def test_a_till_moves_with_what_it_gave_up_and_without_its_key(alice, as_alice):
    """The body that was refused may have any content, and another shop's device keeps its key."""
    device = Device(alice)
    sale = {"product": -1, "lines": [{"id": 10**16}]}
    assert device.drop(1, sale=sale).status_code == 201
    file = export(alice)
    free_names()
    owner = import_shop(file, lambda _text: None)
    till = Till.objects.get(owner=owner)
    assert (till.last_number, Drop.objects.get(owner=owner).sale) == (1, sale)
    assert client_of(owner).post(f"/api/tills/{till.pk}/pair/").status_code == 201
    assert device.client.get("/api/products/").status_code == 200


def test_views_move_with_new_ids_in_their_filters_and_without_mail(alice, as_alice, kettle):
    user = f"user={alice.pk}&payment=cash"
    for name, query in (("products", f"id__in={kettle.pk},7&search=7&tag=12"), ("sales", user)):
        mail = {"days": ["mon"], "hour": 7}
        created = as_alice.post("/api/views/", {"name": name, "route": name, "query": query, "mail": mail})
        assert created.status_code == 201, created.content
    owner = move(alice)
    shift = owner.pk - alice.pk
    products, sales = SavedView.objects.filter(owner=owner).order_by("name")
    assert products.query == f"id__in={kettle.pk + shift}%2C{7 + shift}&search=7&tag=12"
    assert sales.query == f"user={owner.pk}&payment=cash"
    assert (products.mail_days, products.next_mail_at) == (None, None)
    assert client_of(owner).get(f"/api/views/{sales.pk}/run/").status_code == 303


def merge(client, kind, *rows):
    for row in rows[:-1]:
        assert client.post(f"/api/{kind}s/{row.pk}/merge/", {"into": rows[-1].pk}).status_code == 200


@pytest.mark.parametrize("model", [Customer, Supplier])
def test_a_merge_moves_with_its_event_and_its_history(alice, as_alice, model):
    rows = [model.objects.create(owner=alice, name=f"Ada {number}") for number in range(3)]
    merge(as_alice, rows[0].kind, *rows)
    owner = move(alice)
    shift, client, page = owner.pk - alice.pk, client_of(owner), f"/api/{rows[0].kind}s/"
    shown = [client.get(f"{page}{row.pk + shift}/").json()["merged_into"] for row in rows]
    assert shown == [rows[2].pk + shift, rows[2].pk + shift, None]
    changes = [client.get(f"{page}{row.pk + shift}/changes/").json()["results"][0]["changes"] for row in rows[1:]]
    assert [changes[0]["merged_into"], changes[1]["merged"]] == [[None, rows[2].pk + shift], [None, rows[1].pk + shift]]
    event = client.get("/api/events/").json()["events"][-1]
    assert event["data"] == {"id": rows[1].pk + shift, "into": rows[2].pk + shift}


def test_a_file_of_a_release_without_merges_and_one_with_a_chain_of_them(alice, as_alice):
    rows = [Customer.objects.create(owner=alice, name=f"Ada {number}") for number in range(3)]
    merge(as_alice, "customer", *rows)
    file, name = export(alice), "tables/customers_customer.jsonl"
    older = forge(file, name, lambda text: re.sub(rb'"merged_into_id":[^,]*,', b"", text))
    assert Customer.objects.filter(owner=import_shop(older, lambda _text: None), merged_into=None).count() == 3
    chained = alter(file, "customers_customer", merged_into_id=rows[1].pk)
    assert "leads to what was merged itself: customer" in refuse(chained)


def test_the_buttons_of_tills_move_with_new_ids(alice, as_alice, kettle):
    kit = make_kit(alice, "Pair", {kettle.pk: 2})["id"]
    tiles = [{"product": kettle.pk}, {"kit": kit}]
    assert as_alice.patch("/api/account/", {"tiles": tiles}, format="json").status_code == 200
    page = as_alice.get("/api/changes/", HTTP_ACCEPT="text/html").content.decode()
    assert f"product {kettle.pk}, kit {kit}" in page
    owner = move(alice)
    shift = owner.pk - alice.pk
    moved = [{"product": kettle.pk + shift}, {"kit": kit + shift}]
    assert owner.tiles == client_of(owner).get("/api/tills/catalogue/").json()["tiles"] == moved
    [change] = [row for row in client_of(owner).get("/api/changes/").json()["results"] if "tiles" in row["changes"]]
    assert change["changes"]["tiles"] == [[], moved]


def test_the_codes_of_scales_move(alice):
    codes = [{"prefix": "23", "digits": 5, "places": 3, "holds": "weight"}]
    client_of(alice).patch("/api/account/", {"scale_codes": codes})
    assert User.find(move(alice).pk).scale_codes == codes


def test_pictures_move_with_their_products(alice, as_alice, kettle):
    answer = as_alice.put(f"/api/products/{kettle.pk}/picture/", encode(photo()), content_type="image/jpeg")
    sent = as_alice.get(answer.json()["picture"]).content
    owner = move(alice)
    client = client_of(owner)
    [product] = client.get("/api/products/").json()["results"]
    assert product["picture"].startswith(f"/api/products/{product['id']}/picture/?v=")
    assert client.get(product["picture"]).content == sent


def test_the_largest_picture_fits_into_a_line_and_its_bytes_are_in_no_table_for_people(alice, kettle):
    picture = ReadPicture(b"\xff" * MAX_LARGE_BYTES, b"\xff" * MAX_SMALL_BYTES, "digest")
    set_picture(by=alice, product_id=kettle.pk, picture=picture)
    with ZipFile(export(alice)) as archive:
        assert len(archive.read("tables/products_picture.csv")) < 60_000
    owner = move(alice)
    assert bytes(Picture.objects.get(owner=owner).large) == picture.large


def test_values_of_own_fields_are_those_of_their_types(alice, kettle):
    """Pages show a link as a link, so its scheme is checked here, too."""
    kinds = {"seen": "link", "weight": "number", "since": "date", "vegan": "yes_no", "brand": "text"}
    for key, kind in kinds.items():
        CustomField.objects.create(owner=alice, key=key, label=key, type=kind)
    right = {
        "seen": "https://example.com", "weight": "-1.5", "since": "2026-02-01", "vegan": False, "brand": "javascript:1"
    }  # fmt: skip
    Profile.objects.create(owner=alice, product=kettle, fields=right, tags=["new"], metadata={"id": "7"})
    Product.objects.filter(pk=kettle.pk).update(has_profile=True)
    file = export(alice)
    wrong = {"seen": "javascript:1", "weight": "x", "since": "1.2.2026", "vegan": "yes", "brand": True, "colour": "red"}
    for key, value in wrong.items():
        said = refuse(alter(file, "products_profile", fields={**right, key: value}))
        assert f": a value is not of the type of its field: field {key} of product " in said
    moved = move(alice)
    profile = Profile.objects.get(owner=moved)
    assert (profile.fields, profile.tags, profile.metadata) == (right, ["new"], {"id": "7"})


def test_what_is_not_paid_yet_moves(alice):
    client, tea = client_of(alice), make_product(alice, "Tea", 9, price="4.00")
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    client.post("/api/stock/operations/", {"lines": [line], "payment": "later"})
    client.post("/api/closings/", {"counted": "0.00", "float": "0.00"})
    copy = client_of(move(alice))
    assert [one["due"] for one in copy.get("/api/sales/?is_paid=false").json()["results"]] == ["4.00"]
    assert copy.get("/api/closings/").json()["results"][0]["not_paid"] == {"count": 1, "total": "4.00"}
