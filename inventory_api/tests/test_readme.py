"""Every command in the documents runs here and answers as printed, or runs in CI, or says it is an illustration."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings as product
from django.core.management import call_command
from django.db import connection

from demo.banner import banner

ROOT = product.BASE_DIR
DOCUMENTS = sorted(
    str(file.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md")
    for file in ROOT.glob(pattern)
)
FENCE = re.compile(r"^(<!-- illustration -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_THE_DEMO = ["README.md", "docs/tour.md", "docs/ledger.md"]  # the others bring shops of their own
NO_COMMANDS = {"json", "python", "typescript", "nginx"}
END_OF_ANSWER = "--- end of answer ---"
SECONDS = 120
CHANGING = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\d\b", "<date>"),
    (r'("(?:id|owner|operation|product|category|performed_by)"): ?\d+', r"\1:<id>"),
    (r"\S*/tmp\.\w+", "<folder>"),
    (r"[\d,]+ bytes", "<size>"),
    (r"\d+ accounts?, \d+ movements", "<all>"),
]


def fences(text):
    """The fenced blocks: whether marked as an illustration, the word behind the fence, what stands in it."""
    return [(bool(mark), word, body) for mark, word, body in FENCE.findall(text)]


def read(document):
    return (ROOT / document).read_text()


def session(document):
    """The commands of the document's console blocks, each with the answer printed below it."""
    blocks = [body for mark, word, body in fences(read(document)) if word == "console" and not mark]
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [tuple(part.rstrip("\n").split("\n", 1)) if "\n" in part[:-1] else (part.strip(), "") for part in parts]


def run_by_nobody(text):
    """The fenced commands that run neither here nor in CI, and are not marked as illustrations."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    plain = [body for mark, word, body in fences(text) if not mark and word not in {"console", *NO_COMMANDS}]
    commands = [line for body in plain for line in body.splitlines()]
    return [command for command in commands if not any(re.match(rf"{re.escape(command)}\b", run) for run in scripts)]


def without_what_changes(answer):
    for pattern, name in CHANGING:
        answer = re.sub(pattern, name, answer)
    return answer.strip()


def production():
    """The environment of an operator at the database of this test, for what is done with manage.py."""
    return {
        **{f"DB_{part}": str(connection.settings_dict[part]) for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHON_DOTENV_DISABLED": "1",
        "SECRET_KEY": "a-long-random-text-that-nobody-guesses-0123456789-abcdef",
        "ALLOWED_HOSTS": "shop.example.org",
    }


@pytest.fixture
def demo(transactional_db, settings):
    settings.DEMO = True
    call_command("load_demo")


def run_session(document, address):
    """Run the document's session at the address, and compare each answer with the printed one."""
    script = "".join(f"{command}\necho '{END_OF_ANSWER}'\n" for command, _ in session(document))
    script = script.replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["bash", "-c", script],
        env=production(), cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    answers = done.stdout.split(END_OF_ANSWER)[:-1]
    assert [without_what_changes(a) for a in answers] == [without_what_changes(e) for _, e in session(document)]


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize("document", [document for document in DOCUMENTS if session(document)])
def test_the_session_answers_as_printed(request, settings, live_server, document):
    settings.DEMO = True
    if document in OF_THE_DEMO:
        request.getfixturevalue("demo")
    run_session(document, live_server.url)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize("order", [OF_THE_DEMO, OF_THE_DEMO[::-1]], ids=["as read", "backwards"])
def test_the_sessions_of_the_demo_can_be_run_one_after_another(demo, live_server, order):
    for document in order:
        run_session(document, live_server.url)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_runs_in_a_test_or_is_marked_as_an_illustration(document):
    assert read(document).count("\n```") == 2 * len(fences(read(document))), "a fence that is not read"
    assert run_by_nobody(read(document)) == []


@pytest.mark.parametrize(("fence", "found"), [("```", 1), ("```sh", 1), ("<!-- illustration -->\n```", 0)])
def test_a_command_that_nobody_runs_is_found(fence, found):
    """A negative control."""
    assert len(run_by_nobody(f"Remove it all:\n\n{fence}\nmake everything-new\n```\n")) == found


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_the_call_printed_at_the_start_answers(demo, live_server):
    [call] = re.findall(r"^ +(curl .*)$", banner(8000), re.MULTILINE)
    call = call.replace("http://127.0.0.1:8000", live_server.url)
    done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout)["counts"]["total_products"] == 300


def test_the_session_has_both_a_booking_and_a_refusal():
    answers = [answer for _, answer in session("README.md")]
    assert any('"movement_type":"OUT"' in answer for answer in answers)
    assert any("insufficient_stock" in answer for answer in answers)


def test_the_picture_of_the_reports_is_drawn_from_their_answers():
    """Every number at the end of a bar stands in an answer."""
    answers = " ".join(answer for _, answer in session("docs/reports.md"))
    labels = re.findall(r'class="n[ w]*"[^>]*>([^<]+)<', (ROOT / "docs" / "reports.svg").read_text())
    numbers = {number for label in labels for number in re.findall(r"[\d.]+", label)}
    assert len(numbers) > 15
    assert numbers - set(re.findall(r"\d+(?:\.\d+)?", answers)) == set()


def test_the_index_names_every_document():
    index = read("docs/README.md")
    documents = [document for document in DOCUMENTS if re.fullmatch(r"docs/[a-z-]+\.md", document)]
    assert len(documents) > 7
    assert [document for document in documents if f"({document.removeprefix('docs/')})" not in index] == []
