"""The routes and pages of seals, and their part in a verification."""

import json
from hashlib import sha256

import pytest
from django.urls import reverse

from stock.models import Movement, Seal
from stock.proofs.services import seal_account
from stock.tests.test_verify import tamper
from stock.views import SealViewSet
from testing.cast.people import make_product
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

ADDRESS = "/api/stock/seals/"
VERIFY = "/api/stock/verify/"


@pytest.fixture
def seal(as_alice, kettle):
    """Return the newest of two seals of Alice's account, as the API returns it."""
    as_alice.post(ADDRESS)
    sell(as_alice, kettle)
    return as_alice.post(ADDRESS).json()


def sell(client, product):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
    assert client.post("/api/stock/", body).status_code == 201


def read_content(response):
    return b"".join(response.streaming_content)


def test_an_owner_seals_what_was_booked(as_alice, alice, kettle):
    answer = as_alice.post(ADDRESS)
    seal = Seal.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": seal.pk, "number": 1, "from_position": 1, "to_position": seal.to_position, "operations": 1,
        "movements": 1, "previous": "0" * 64, "digest": bytes(seal.digest).hex(),
        "created_at": seal.created_at.isoformat().replace("+00:00", "Z"), "sealed_by": alice.pk,
    }  # fmt: skip


def test_without_new_bookings_the_newest_seal_is_returned(as_alice, seal):
    answer = as_alice.post(ADDRESS)
    assert (answer.status_code, answer.json()) == (200, seal)


def test_there_is_nothing_to_seal_before_the_first_booking(as_alice, alice):
    make_product(alice, "Cup")
    answer = as_alice.post(ADDRESS)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_seal")


def test_a_key_seals_once(as_alice, kettle):
    first = as_alice.post(ADDRESS, headers={"Idempotency-Key": "monday"})
    sell(as_alice, kettle)
    again = as_alice.post(ADDRESS, headers={"Idempotency-Key": "monday"})
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert Seal.objects.count() == 1


def test_workers_read_seals_and_do_not_make_them(as_bob, seal):
    assert as_bob.post(ADDRESS).status_code == 403
    assert [row["number"] for row in as_bob.get(ADDRESS).json()["results"]] == [2, 1]
    assert as_bob.get(f"{ADDRESS}{seal['id']}/").json() == seal


def test_the_digest_does_not_confirm_the_cost_that_a_worker_guesses(as_alice, as_bob, alice, seal):
    """A worker can write each line of the file except its costs, so the file has a number that only owners read."""
    address = f"{ADDRESS}{seal['id']}/"
    head, *lines = read_content(as_alice.get(f"{address}file/")).splitlines()
    shown = {**as_bob.get(address).json(), "account": alice.pk, "format": 6}
    guessed = json.dumps({name: shown[name] for name in json.loads(head) if name in shown}).encode()
    file = b"".join(line + b"\n" for line in (guessed, *lines))
    assert sha256(file).hexdigest() != shown["digest"]


@pytest.mark.quick
def test_seals_of_other_accounts_are_missing(as_charlie, as_dora, seal):
    for client in (as_charlie, as_dora):
        assert client.get(ADDRESS).json()["results"] == []
        assert client.get(f"{ADDRESS}{seal['id']}/").status_code == 404
    assert as_charlie.get(f"{ADDRESS}{seal['id']}/file/").status_code == 404


def test_the_list_is_paged(as_alice, seal):
    page = as_alice.get(ADDRESS, {"page_size": 1}).json()
    assert ([row["number"] for row in page["results"]], page["previous"]) == ([2], None)
    assert [row["number"] for row in as_alice.get(page["next"]).json()["results"]] == [1]


def test_a_worker_gets_no_file_because_it_has_values(as_bob, as_dora, seal):
    for client in (as_bob, as_dora):
        assert client.get(f"{ADDRESS}{seal['id']}/file/").status_code == 403


@pytest.mark.quick
def test_the_file_has_the_digest_of_the_seal(as_alice, seal):
    answer = as_alice.get(f"{ADDRESS}{seal['id']}/file/")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="seal-2.txt"'
    assert sha256(read_content(answer)).hexdigest() == seal["digest"]


def test_the_feed_has_an_event_of_each_seal(as_bob, seal):
    events = as_bob.get("/api/events/", {"type": "ledger.sealed"}).json()["events"]
    assert [event["data"]["number"] for event in events] == [1, 2]
    assert events[1]["data"] == {
        "seal": seal["id"],
        **{name: seal[name] for name in ("number", "from_position", "to_position", "digest", "previous")},
    }


# --- Verify -------------------------------------------------------------------------------------------------


def test_a_verification_says_how_far_the_ledger_is_sealed(as_alice, kettle):
    assert as_alice.get(VERIFY).json()["sealed"] is None
    seal = as_alice.post(ADDRESS).json()
    for unsealed in range(3):
        assert as_alice.get(VERIFY).json()["sealed"] == {
            "seals": 1, "to_position": seal["to_position"], "sealed_at": seal["created_at"],
            "unsealed_operations": unsealed, "unsealed": unsealed,
        }  # fmt: skip
        sell(as_alice, kettle)


def test_operations_with_positions_are_counted_as_newer_too(as_alice, seal, kettle):
    sell(as_alice, kettle)
    as_alice.get("/api/events/")
    sell(as_alice, kettle)
    assert as_alice.get(VERIFY).json()["sealed"]["unsealed_operations"] == 2


def test_a_verification_names_the_seal_that_does_not_fit(as_alice, as_charlie, charlie, seal):
    make_product(charlie, quantity=1)
    seal_account(owner_id=charlie.pk)
    tamper("UPDATE stock_movement SET product_name = 'Cattle' WHERE sequence = 2")
    what = f"not what was sealed: seal 2, positions {seal['from_position']} to {seal['to_position']}"
    assert as_alice.get(VERIFY).json()["broken"] == [{"product": 0, "sequence": 0, "what": what}]
    assert as_charlie.get(VERIFY).json()["broken"] == []
    assert Movement.objects.filter(product_name="Cattle").exists()


# --- Pages --------------------------------------------------------------------------------------------------


def get_page(client, address):
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_links_to_the_files(client, alice, seal):
    client.force_login(alice)
    page = get_page(client, ADDRESS)
    assert f'href="{ADDRESS}{seal["id"]}/file/"' in page
    assert "Download and check" in page
    assert "Seal now" in page


def test_the_button_seals_and_leads_to_the_seal(client, alice, kettle):
    client.force_login(alice)
    for _ in range(2):
        answer = client.post(ADDRESS, {"_idempotency_key": "k"}, headers={"Accept": "text/html"})
        assert (answer.status_code, answer["Location"]) == (303, f"{ADDRESS}{Seal.objects.get().pk}/")
    assert "Sealed: seal 1 is the newest." in get_page(client, ADDRESS)


def test_only_owners_get_the_button(client, bob, seal):
    client.force_login(bob)
    assert "Seal now" not in get_page(client, ADDRESS)


def test_the_page_of_a_seal_has_its_digest_and_its_file(client, bob, seal):
    client.force_login(bob)
    page = get_page(client, f"{ADDRESS}{seal['id']}/")
    assert f"{ADDRESS}{seal['id']}/file/" in page
    assert seal["digest"] in page
    assert "/docs/ledger/#seals" in page


def test_the_page_of_a_verification_says_how_far_is_sealed(client, bob, kettle, as_alice):
    client.force_login(bob)
    assert "Not yet sealed" not in get_page(client, VERIFY)
    as_alice.post(ADDRESS)
    sell(as_alice, kettle)
    assert "Not yet sealed" in get_page(client, VERIFY)


def test_the_page_of_a_verification_shows_a_break_without_a_product(client, alice, seal):
    tamper("UPDATE stock_operation SET note = 'x'")
    client.force_login(alice)
    page = get_page(client, VERIFY)
    assert "not what was sealed" in page
    assert "/api/products/0/" not in page


# --- The support desk ---------------------------------------------------------------------------------------


def test_the_support_desk_reads_seals(support, seal):
    page = support.get(reverse("admin:stock_seal_change", args=[seal["id"]])).content.decode()
    assert seal["digest"] in page
    assert support.get(reverse("admin:stock_seal_changelist")).status_code == 200
    assert support.get(reverse("admin:stock_seal_add")).status_code == 403


@all_cases(("action", "is_long"), [("create", True), ("file", True), ("list", False)])
def test_sealing_and_downloads_count_as_long_requests(action, is_long):
    view = SealViewSet()
    view.action = action
    assert view.is_long_running is is_long
