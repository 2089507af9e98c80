"""Helpers of the tests of comparisons."""

COMPARISONS = "/api/stock/comparisons/"


def compare(client, lines, **body):
    """Compare lines, given as quantities by product or as bodies. Return the response's body."""
    if isinstance(lines, dict):
        lines = [{"product": product.pk, "quantity": quantity} for product, quantity in lines.items()]
    answer = client.post(COMPARISONS, {"source": "web shop", "lines": lines, **body}, format="json")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    check_equations(found)
    return found


def check_equations(found):
    """Check the equation of each row, and that the changes of a row add up."""
    for row in found["differ"]:
        assert row["theirs"] + row["since_change"] + row["unexplained"] == row["ours"]
        assert row["ours"] - row["theirs"] == row["difference"]
        if row["since_count"] == len(row["since"]):
            assert sum(change["change"] for change in row["since"]) == row["since_change"]


def find_position(client):
    """Return the last position of the feed."""
    after = 0
    while True:
        page = client.get("/api/events/", {"after": after, "limit": 500}).json()
        after = page["next"]
        if not page["more"]:
            return after


def explain(found):
    """Return of each product that differs its theirs, the changes since, unexplained and ours."""
    return {
        row["name"]: (row["theirs"], [change["change"] for change in row["since"]], row["unexplained"], row["ours"])
        for row in found["differ"]
    }


def list_suspects(found):
    """Return the kind and the operation of each suspect."""
    return {(suspect["kind"], suspect["operation"]) for suspect in found["suspects"]}
