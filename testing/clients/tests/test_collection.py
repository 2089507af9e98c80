"""newman runs the Postman collection. The schema has to describe the status of each response."""

import json
import subprocess

import pytest
from django.conf import settings

TOOLS = settings.BASE_DIR / "testing" / "clients" / "tools"
COLLECTION = settings.BASE_DIR / "build" / "clients" / "collection"
METHOD_ORDER = ["POST", "GET", "PUT", "PATCH", "DELETE"]
FIRST_TAGS = ["auth", "suppliers", "categories", "products"]
# These requests end the account, its tokens or its password, so that later requests would fail.
EXCLUDED = {
    ("POST", "/api/auth/logout/"),
    ("POST", "/api/auth/password/"),
    ("DELETE", "/api/users/:id/"),
    ("DELETE", "/api/users/me/"),
}
CREDENTIALS = {"username": "mira", "password": "long-enough-9"}  # these are from the example of a sign-up
TIMEOUT_SECONDS = 300


@pytest.fixture
def ordered_collection(tmp_path):
    """Return a copy of the collection, ordered so that rows are created before they are read."""
    collection = json.loads((COLLECTION / "collection.json").read_text())
    found = [(folder["name"], item) for folder in collection["item"] for item in folder["item"]]
    kept = [(tag, item) for tag, item in found if method_and_path(item) not in EXCLUDED]
    assert len(kept) == len(found) - len(EXCLUDED)
    collection["item"] = [item for _, item in sorted(kept, key=lambda pair: sort_key(*pair))]
    (tmp_path / "collection.json").write_text(json.dumps(collection))
    return tmp_path / "collection.json"


def method_and_path(item):
    request = item["request"]
    return request["method"], request["url"]["raw"].removeprefix("{{baseUrl}}")


def sort_key(tag, item):
    signing_up = item["request"]["url"]["raw"].endswith("/register/")
    return (
        not signing_up,
        METHOD_ORDER.index(item["request"]["method"]),
        FIRST_TAGS.index(tag) if tag in FIRST_TAGS else len(FIRST_TAGS),
    )


def test_responses_have_statuses_that_the_schema_describes(ordered_collection, tmp_path, address):
    variables = {"baseUrl": address, **CREDENTIALS}
    report = tmp_path / "report.json"
    newman = subprocess.run(
        [
            "npx", "--no-install", "newman", "run", ordered_collection,
            "--environment", COLLECTION / "environment.json",
            *(part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")),
            "--reporters", "json", "--reporter-json-export", report,
        ],
        cwd=TOOLS, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    runs = json.loads(report.read_text())["run"]["executions"]
    failed = [
        (run["item"]["name"], run["response"]["code"]) for run in runs if any("error" in a for a in run["assertions"])
    ]
    assert (newman.returncode, failed) == (0, []), newman.stdout + newman.stderr
    statuses = [run["response"]["code"] for run in runs]
    assert sum(status < 300 for status in statuses) > len(runs) / 2, statuses
    assert len(runs) > 50
