"""Quotes: what they keep, until when they are valid, and what changes them."""

from datetime import timedelta

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases
from trade.prices.tests.priced import set_prices
from trade.quotes import services
from trade.quotes.models import Quote, QuoteLine
from trade.quotes.proofs import find_breaks
from trade.quotes.tests.quoting import QUOTES, kits, line, list_prices, post, quote, read


@pytest.mark.quick
def test_keeps_prices_names_and_units_and_reserves_nothing(as_alice, alice, tea, basket, ada):
    set_prices(alice, tea, {"price": "9.50", "from": "10"})
    made = quote(
        as_alice,
        line(tea, 12),
        kits(basket, 2),
        line(make_product(alice, "Box", price="1"), 3, unit_price="0.50"),
        customer=ada,
    )
    assert list_prices(made) == [
        ("9.00", "percent", "108.00"),
        ("14.40", "percent", "28.80"),
        ("0.50", "typed", "1.50"),
    ]
    assert [(one["product"], one["kit"], one["name"], one["list_price"]) for one in made["lines"][:2]] == [
        (tea.pk, None, "Tea", "10.00"), (None, basket, "Basket", "16.00"),
    ]  # fmt: skip
    assert (made["number"], made["state"], made["total"], made["order"]) == (1, "open", "138.30", None)
    assert made["valid_until"] == str(alice.shop_today() + timedelta(days=30))
    as_alice.patch(f"/api/products/{tea.pk}/", {"name": "Green tea", "price": "20.00"})
    assert read(as_alice, made) == made
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["reserved"] == 0


def test_a_quote_with_several_lines_of_a_product_is_listed_once(as_alice, tea, basket):
    other, made = quote(as_alice, line(tea)), quote(as_alice, kits(basket), line(tea))
    assert as_alice.get(QUOTES, {"product": tea.pk}).json()["results"] == [made, other]


def test_numbers_go_on_in_each_shop(as_alice, charlie, as_charlie, tea):
    numbers = [quote(as_alice, line(tea))["number"] for _ in range(2)]
    refused = as_alice.post(QUOTES, {"lines": [line(tea), line(tea)]}, format="json")
    assert (refused.json()["code"], refused.json()["lines"][0]["code"]) == ("invalid_lines", "reserved_twice")
    assert [*numbers, quote(as_alice, line(tea))["number"]] == [1, 2, 3]
    assert quote(as_charlie, line(make_product(charlie, "Pot", price="1")))["number"] == 1


@all_cases(("days", "status"), [(0, 201), (-1, 400), (400, 201)])
def test_a_day_is_today_or_later(as_alice, alice, tea, days, status):
    day = str(alice.shop_today() + timedelta(days=days))
    answer = as_alice.post(QUOTES, {"lines": [line(tea)], "valid_until": day}, format="json")
    assert (answer.status_code, [*answer.json()][:1]) == (status, ["valid_until"] if status == 400 else ["id"])


def expire(made):
    Quote.objects.filter(pk=made["id"]).update(valid_until="2020-01-01")


def test_expires_after_its_day_and_a_later_one_opens_it(as_alice, alice, tea):
    made = quote(as_alice, line(tea), valid_until=str(alice.shop_today()))
    assert [one["state"] for one in as_alice.get(f"{QUOTES}?state=open").json()["results"]] == ["open"]
    expire(made)
    address = f"{QUOTES}{made['id']}/"
    assert [one["state"] for one in as_alice.get(f"{QUOTES}?state=expired").json()["results"]] == ["expired"]
    assert as_alice.patch(address, {"note": "x", "valid_until": "2020-01-01"}, format="json").status_code == 200
    assert as_alice.patch(address, {"valid_until": "2020-01-02"}, format="json").status_code == 400
    assert as_alice.patch(address, {"valid_until": "2030-01-02"}, format="json").json()["state"] == "open"


def test_a_patch_prices_anew_what_nobody_typed(as_alice, alice, tea, cup, ada):
    made = quote(as_alice, line(tea, 2), line(cup, 1, unit_price="2.00"))
    address = f"{QUOTES}{made['id']}/"
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "20.00"})
    noted = as_alice.patch(address, {"note": "soon", "discount": {"amount": "1"}}, format="json").json()
    assert (list_prices(noted), noted["total"]) == (list_prices(made), "21.00")
    for body in ({"customer": ada}, {"lines": [line(tea, 2, unit_price="18.00"), line(cup, 1, unit_price="2.00")]}):
        changed = as_alice.patch(address, body, format="json").json()
        assert list_prices(changed) == [("18.00", "percent", "36.00"), ("2.00", "typed", "2.00")]
    typed = as_alice.patch(address, {"lines": [line(tea, 2, unit_price="17.00")]}, format="json").json()
    assert (list_prices(typed), typed["total"]) == ([("17.00", "typed", "34.00")], "33.00")


@all_cases(
    ("discount", "total"),
    [
        ({"percent": "10"}, "20.70"),
        ({"amount": "23.00"}, "0.00"),
        ({"amount": "23.01"}, "discount_too_high"),
        (None, "23.00"),
    ],
)
def test_a_discount_is_taken_from_the_total(as_alice, tea, cup, discount, total):
    answer = as_alice.post(QUOTES, {"lines": [line(tea, 2), line(cup)], "discount": discount}, format="json").json()
    assert answer.get("total", answer.get("code")) == total


def test_a_discount_is_capped_when_lines_go(as_alice, tea):
    made = quote(as_alice, line(tea, 2), discount={"amount": "15"})
    changed = as_alice.patch(f"{QUOTES}{made['id']}/", {"lines": [line(tea, 1)]}, format="json").json()
    assert (changed["total"], changed["discount"]["amount"]) == ("0.00", "15.00")
    accepted = post(as_alice, made, "accept")
    assert accepted.status_code == 201, accepted.json()


def test_etags_and_the_time_refuse_a_change_that_was_overtaken(as_alice, tea):
    made = quote(as_alice, line(tea))
    address = f"{QUOTES}{made['id']}/"
    tag = as_alice.get(address).headers["ETag"]
    assert as_alice.patch(address, {"note": "a"}, format="json", headers={"If-Match": tag}).status_code == 200
    assert as_alice.patch(address, {"note": "b"}, format="json", headers={"If-Match": tag}).status_code == 412
    late = as_alice.patch(address, {"note": "b", "expected_updated_at": made["updated_at"]}, format="json")
    assert late.status_code == 409


def test_a_declined_one_stays_as_it_is(as_alice, tea):
    made = quote(as_alice, line(tea))
    assert post(as_alice, made, "decline").json()["state"] == "declined"
    refused = [post(as_alice, made, action) for action in ("decline", "accept")]
    refused.append(as_alice.patch(f"{QUOTES}{made['id']}/", {"note": "x"}, format="json"))
    assert [(one.status_code, one.json()["code"], one.json()["order"]) for one in refused] == [
        (409, "quote_closed", None)
    ] * 3
    assert as_alice.delete(f"{QUOTES}{made['id']}/").status_code == 405


def test_a_copy_has_prices_of_today_and_typed_ones(as_alice, alice, tea, cup, basket, ada):
    made = quote(
        as_alice, line(tea), line(cup, unit_price="2.00"), kits(basket), kits(basket, 2, unit_price="1.00"),
        customer=ada, discount={"percent": "5"}, reference="x", metadata={"a": "b"},
    )  # fmt: skip
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "20.00"})
    copied = post(as_alice, made, "copy").json()
    assert [one["unit_price"] for one in copied["lines"]] == ["18.00", "2.00", "23.40", "1.00"]
    same = ("customer", "discount", "reference", "metadata")
    assert [copied[name] for name in same] == [made[name] for name in same]
    assert copied["valid_until"] == str(alice.shop_today() + timedelta(days=30))


def test_too_many_open_ones_are_refused_and_expired_ones_do_not_count(as_alice, tea, monkeypatch):
    monkeypatch.setattr(services, "MAX_QUOTES", 2)
    first = quote(as_alice, line(tea))
    quote(as_alice, line(tea))
    assert as_alice.post(QUOTES, {"lines": [line(tea)]}, format="json").json()["code"] == "too_many_quotes"
    expire(first)
    quote(as_alice, line(tea))
    opened = as_alice.patch(f"{QUOTES}{first['id']}/", {"valid_until": "2030-01-01"}, format="json")
    assert opened.json()["code"] == "too_many_quotes"


def test_verification_names_a_quote_without_lines(as_alice, alice, tea, basket):
    for number in (1, 2):
        quote(as_alice, line(tea), kits(basket, 2), kits(basket, number, unit_price="0"))
    assert find_breaks(alice.pk, 9) == []
    pk = quote(as_alice, line(tea))["id"]
    QuoteLine.objects.filter(owner=alice, quote=pk)._raw_delete("default")
    assert find_breaks(alice.pk, 9) == [(0, 0, f"quote {pk} has no lines, or lines of kits that are not there")]


@all_cases(
    ("query", "found"),
    [
        ("state=open", [3, 1]), ("state=declined", [2]), ("number=2", [2]), ("reference=wedding", [1]),
        ("search=ada", [3]),
        ("search=2", [2]),
        ("search=%232", [2]),
        ("valid_before=2030-01-02", [3, 2, 1]), ("valid_before=2020-01-01", []), ("state=accepted", []),
    ],
)  # fmt: skip
def test_filters(as_alice, tea, ada, query, found):
    quote(as_alice, line(tea), reference="wedding")
    post(as_alice, quote(as_alice, line(tea)), "decline")
    quote(as_alice, line(tea), customer=ada)
    numbers = [one["number"] for one in as_alice.get(f"{QUOTES}?{query}").json()["results"]]
    assert numbers == found


def test_the_support_desk_finds_a_quote_by_its_number_and_reference(as_alice, tea, admin_client):
    quote(as_alice, line(tea))
    made = quote(as_alice, line(tea), reference="wedding")
    for text in (str(made["number"]), "wedding"):
        assert f"/admin/quotes/quote/{made['id']}/change/" in admin_client.get("/admin/search/", {"q": text}).text
