"""Levels and refills for tests."""

from testing.cast.people import client_of, make_product
from testing.cast.places import put_away

REPORT = "/api/reports/refill/"


def set_levels(owner, location, *lines):
    """Set levels at the location. Return the response."""
    return client_of(owner).put(f"/api/locations/{location.pk}/levels/", {"lines": list(lines)}, format="json")


def set_level(owner, location, product, low_at, fill_to):
    answer = set_levels(owner, location, {"product": product.pk, "low_at": str(low_at), "fill_to": str(fill_to)})
    assert answer.status_code == 200, answer.json()


def refill_from(owner, location, source):
    """Let the location be refilled from another one, from `none` or from nothing. Return the response."""
    body = {"refill_from": getattr(source, "pk", source)}
    return client_of(owner).patch(f"/api/locations/{location.pk}/", body, format="json")


def stock(owner, name, **places):
    """Return a product with these quantities at places, by the places; `rest` lies at no place."""
    held = dict(places.pop("held", []))
    product = make_product(owner, name, sum(held.values()) + places.pop("rest", 0), **places)
    for place, quantity in held.items():
        put_away(product, quantity, location=place)
    return product


def read_report(client, *names, **query):
    """Return these values of the rows of the report."""
    answer = client.get(REPORT, query)
    assert answer.status_code == 200, answer.json()
    return [tuple(row[name] for name in names) for row in answer.json()["results"]]
