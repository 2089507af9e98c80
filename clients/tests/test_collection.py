"""The Postman collection, run by newman: each answer has a status that the schema describes."""

import json
import subprocess

import pytest
from django.conf import settings

TOOLS = settings.BASE_DIR / "clients" / "tools"
COLLECTION = settings.BASE_DIR / "build" / "clients" / "collection"
ORDER = ["POST", "GET", "PUT", "PATCH", "DELETE"]
FIRST = ["auth", "suppliers", "categories", "products"]
# They would end the account, its tokens or its password, and with them the run.
FAREWELLS = {"End one session", "Change one's own password", "Delete a user"}
CREDENTIALS = {"username": "mira", "password": "long-enough-9"}  # the example of signing up
SECONDS = 300


@pytest.fixture
def in_order(tmp_path):
    """A copy of the collection whose requests follow each other: what is read is written before."""
    made = json.loads((COLLECTION / "collection.json").read_text())
    found = [(folder["name"], item) for folder in made["item"] for item in folder["item"]]
    kept = [(tag, item) for tag, item in found if not item["name"].startswith(tuple(FAREWELLS))]
    made["item"] = [item for _, item in sorted(kept, key=lambda pair: place(*pair))]
    (tmp_path / "collection.json").write_text(json.dumps(made))
    return tmp_path / "collection.json"


def place(tag, item):
    signing_up = item["request"]["url"]["raw"].endswith("/register/")
    return not signing_up, ORDER.index(item["request"]["method"]), FIRST.index(tag) if tag in FIRST else len(FIRST)


def test_every_request_is_answered_as_the_schema_describes(in_order, tmp_path, address):
    variables = {"baseUrl": address, **CREDENTIALS}
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            "npx", "--no-install", "newman", "run", in_order, "--environment", COLLECTION / "environment.json",
            *(part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")),
            "--reporters", "json", "--reporter-json-export", report,
        ],
        cwd=TOOLS, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    runs = json.loads(report.read_text())["run"]["executions"]
    failed = [
        (run["item"]["name"], run["response"]["code"]) for run in runs if any("error" in a for a in run["assertions"])
    ]
    assert (done.returncode, failed) == (0, []), done.stdout + done.stderr
    statuses = [run["response"]["code"] for run in runs]
    assert sum(status < 300 for status in statuses) > len(runs) / 2, statuses
    assert len(runs) > 50
