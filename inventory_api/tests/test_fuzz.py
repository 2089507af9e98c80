"""schemathesis against the deployed product: every response to valid and invalid requests matches the schema.

This test tries a few hundred seeded cases. `make fuzz` tries thousands, as an owner, as a worker and without a token,
and prints how many. FUZZ_EXAMPLES is the number of random cases per operation, and FUZZ_SEED repeats a run.
"""

import os
import random
import re
import subprocess
import sys

import pytest
from django.conf import settings

from testing.servers import serving

pytestmark = pytest.mark.long

IS_LONG_RUN = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "1")
SEED = os.environ.get("FUZZ_SEED", str(random.randrange(10**6)) if IS_LONG_RUN else "1")  # noqa: S311
PHASES = "examples,coverage,fuzzing,stateful" if IS_LONG_RUN else "examples,fuzzing,stateful"
MIN_CASES = 5000 if IS_LONG_RUN else 300
ROLES = ["owner", "worker", "nobody"] if IS_LONG_RUN else ["owner"]


@pytest.fixture(scope="module")
def address():
    """Return the address of the deployed product, which has no limits on sign-ins."""
    unlimited = {"LOGIN_TRIES_PER_USER": "0", "LOGIN_TRIES_PER_ADDRESS": "0"}
    with serving.run_database(migrated=True) as database, serving.run_service(database, **unlimited) as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.mark.parametrize("role", ROLES)
def test_every_response_matches_the_schema(address, capsys, role):
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", "inventory_api/tests/fuzz/schemathesis.toml",
            "run", f"{address}/api/schema/", "--phases", PHASES, "-n", EXAMPLES, "--seed", SEED, "--no-color",
        ],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "FUZZ_AS": role},
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tried = int(re.search(r"(\d+) generated", done.stdout)[1])
    assert tried >= MIN_CASES
    if IS_LONG_RUN:
        with capsys.disabled():
            print(f"\n  {role}: {tried} cases, none failed (seed {SEED})")
