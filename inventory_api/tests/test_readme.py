"""Every command in the documents is tested.

It is run here and prints what the document shows, or is run in CI, or is marked as an illustration.
"""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.conf import settings as product
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.test import override_settings

from ops.demo.credentials import make_banner
from testing.servers.databases import PROCESS, copy_own_database, create_database, use_database
from testing.tables import all_cases

ROOT = product.BASE_DIR
DOCUMENTS = sorted(
    str(file.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md")
    for file in ROOT.glob(pattern)
)
FENCE = re.compile(r"^(<!-- illustration -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The other documents create their own shops.
DEMO_DOCUMENTS = ["README.md", "docs/tour.md", "docs/ledger.md", "docs/agents.md"]
BACKWARDS = pytest.param(DEMO_DOCUMENTS[::-1], id="backwards", marks=pytest.mark.long)
OTHER_DOCUMENTS = [document for document in DOCUMENTS if document not in DEMO_DOCUMENTS]
OF_OPERATORS = {"docs/deploying.md", "docs/operating.md", "docs/upgrading.md"}  # their commands start many processes
LANGUAGES_WITHOUT_COMMANDS = {"yaml", "json", "toml", "python", "javascript", "typescript", "nginx", "text"}
RUN_ELSEWHERE = {"docs/clients.md": "bash"}  # test_snippets.py runs these blocks
END_OF_ANSWER = "--- end of answer ---"
TIMEOUT_SECONDS = 120
# The first calls of a newcomer do not go through the proxy of the network, which would not find the demo.
BEHIND_PROXY = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
ID = (r'("(?:id|owner|operation|product|category|supplier|performed_by|movement)"): ?\d+', r"\1:<id>")
CHANGING_VALUES = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\d\b", "<date>"),
    (r"\S*/tmp\.\w+", "<folder>"),
    (r"[\d,]+ bytes", "<size>"),
    (r'"commit": ?"\w+"', '"commit": "<commit>"'),
    (r"\d+ accounts?, \d+ movements", "<all>"),
    (r'"challenge":"[\w-]+"', '"challenge":"<secret>"'),
    (r"\b[2-9A-Z]{4}(-[2-9A-Z]{4}){3}\b", "<recovery code>"),
]


def find_fences(text):
    """Return (is_illustration, language, content) of each fenced block."""
    return [(bool(mark), language, body) for mark, language, body in FENCE.findall(text)]


def read_document(document):
    return (ROOT / document).read_text()


def parse_session(document):
    """Return the commands of the document's console blocks, each with the output below it."""
    fences = find_fences(read_document(document))
    blocks = [body for mark, language, body in fences if language == "console" and not mark]
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [tuple(part.rstrip("\n").split("\n", 1)) if "\n" in part[:-1] else (part.strip(), "") for part in parts]


@cache
def read_scripts_of_ci():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    return [*scripts, *(["make test"] if "make check" in scripts else [])]  # test_ci.py: it begins with make test


def find_commands_never_run(text, run_elsewhere=""):
    """Return the commands that are run neither here nor in CI, and are not marked as illustrations."""
    skipped = {"console", run_elsewhere, *LANGUAGES_WITHOUT_COMMANDS} - {""}
    blocks = [body for mark, language, body in find_fences(text) if not mark and language not in skipped]
    commands = [re.escape(line) for body in blocks for line in body.splitlines()]
    scripts = read_scripts_of_ci()
    return [command for command in commands if not any(re.match(rf"{command}\b", run) for run in scripts)]


def mask_changing_values(answer, *others):
    """Replace the values that differ between runs: times, folders, sizes, and others."""
    for pattern, name in (*CHANGING_VALUES, *others):
        answer = re.sub(pattern, name, answer)
    return answer.strip()


def production_environment():
    """Return an operator's environment for manage.py with the database of this test."""
    return {
        **{f"DB_{part}": str(connection.settings_dict[part]) for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHON_DOTENV_DISABLED": "1",
        "SECRET_KEY": "a-long-random-text-that-nobody-guesses-0123456789-abcdef",
        "ALLOWED_HOSTS": "shop.example.org",
    }


@pytest.fixture(scope="module")
def demo_database(django_db_setup, django_db_blocker):
    """Yield the name of a database with the demo shop, whose ids begin at 1."""
    with copy_own_database(f"test_demo{PROCESS}") as name:
        with django_db_blocker.unblock(), use_database(name), override_settings(DEMO=True):
            restart_sequences()
            call_command("load_demo")
        yield name


def restart_sequences():
    sequences = connection.introspection.sequence_list()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), sequences):
            cursor.execute(statement)


@pytest.fixture
def demo(transactional_db, settings, demo_database):
    """Run the test on a copy of the demo."""
    settings.DEMO = True
    with create_database(f"test_demo_copy{PROCESS}", demo_database) as name, use_database(name):
        yield


def run_session(document, address, *changing):
    """Run the document's commands against the address, and compare each output with the printed one.

    `changing` has further values that are not compared.
    """
    script = "".join(f"{command}\necho '{END_OF_ANSWER}'\n" for command, _ in parse_session(document))
    script = script.replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["bash", "-c", script],
        env=production_environment() | (BEHIND_PROXY if document == "README.md" else {}),
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS, check=True,
    )  # fmt: skip
    answers = done.stdout.replace(address, "http://127.0.0.1:8000").split(END_OF_ANSWER)[:-1]
    printed = [answer for _, answer in parse_session(document)]
    found, expected = (
        [mask_changing_values(join_json(answer), *changing) for answer in part] for part in (answers, printed)
    )
    assert found == expected


def join_json(answer):
    """Return JSON on one line, because the documentation prints it on several. Other texts are not changed."""
    try:
        return json.dumps(json.loads(answer), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return answer


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize(
    "document",
    [
        pytest.param(document, marks=pytest.mark.long if document in OF_OPERATORS else ())
        for document in OTHER_DOCUMENTS
        if parse_session(document)
    ],
)
def test_the_commands_of_a_document_print_what_it_shows(settings, live_server, document):
    settings.DEMO = True
    run_session(document, live_server.url, ID)


@all_cases(
    ("answer", "line"),
    [('{\n  "id": 7, "lot": "Größe"\n}\n', '{"id":7,"lot":"Größe"}'), ("quantity=7\n", "quantity=7\n"), ("", "")],
)
def test_an_answer_may_be_printed_on_several_lines(answer, line):
    assert join_json(answer) == line


@pytest.mark.parametrize("order", [pytest.param(DEMO_DOCUMENTS, id="as read"), BACKWARDS])
def test_the_documents_of_the_demo_print_what_they_show_in_any_order(demo, live_server, order):
    for document in order:
        run_session(document, live_server.url, ID)


def test_the_first_session_shows_the_ids_of_a_new_demo(demo, live_server):
    run_session("README.md", live_server.url)


@all_cases("document", DOCUMENTS)
def test_every_command_is_run_or_marked_as_an_illustration(document):
    text = read_document(document)
    assert text.count("\n```") == 2 * len(find_fences(text)), "a fence was not recognised"
    assert find_commands_never_run(text, RUN_ELSEWHERE.get(document, "")) == []


@all_cases(("fence", "found"), [("```", 1), ("```sh", 1), ("<!-- illustration -->\n```", 0)])
def test_finds_a_command_that_is_never_run(fence, found):
    """This is the negative control."""
    assert len(find_commands_never_run(f"Remove it all:\n\n{fence}\nmake everything-new\n```\n")) == found


def test_the_call_printed_at_start_works(demo, live_server):
    [call] = re.findall(r"^ +(curl .*)$", make_banner(8000), re.MULTILINE)
    call = call.replace("http://127.0.0.1:8000", live_server.url)
    env = os.environ | BEHIND_PROXY
    done = subprocess.run(["bash", "-c", call], env=env, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout)["counts"]["total_products"] == 302


def test_the_readme_shows_a_booking_and_a_refusal():
    answers = [answer for _, answer in parse_session("README.md")]
    assert any('"movement_type":"OUT"' in join_json(answer) for answer in answers)
    assert any("insufficient_stock" in answer for answer in answers)


def test_the_tour_shows_whole_answers_of_each_kind():
    """A product, a movement, an operation, a count and the dashboard."""
    answers = [json.loads(answer) for _, answer in parse_session("docs/tour.md") if answer.startswith("{")]
    whole = [answer for answer in answers if "code" not in answer and len(answer) > 1]
    kinds = ({"sku", "price"}, {"movement_type"}, {"movements", "reverses"}, {"operation", "lines"}, {"counts"})
    assert [kind for kind in kinds if not any(kind <= answer.keys() for answer in whole)] == []
    assert len(kinds) == 5


def parse_groups():
    """Return the addresses of each group in the table of routes in docs/routes.md. `…` stands for any beginning."""
    routes = read_document("docs/routes.md").split("\n## Routes\n")[1].split("\nOutside of these groups:\n")[0]
    rows = [row.split(" | ") for row in routes.splitlines() if row.startswith("| ")][2:]
    return {group: re.findall(r"`(.+?)`", row[1]) for row in rows for group in row[0].removeprefix("| ").split(", ")}


def test_the_page_of_routes_has_each_group_of_the_schema_and_no_other(schema):
    assert set(parse_groups()) == {tag["name"] for tag in schema["tags"]}


@all_cases(("end", "files"), [("/erase/", "your-data.md"), ("/changes/", "*.md")])
def test_the_docs_name_what_is_recorded_and_what_can_be_erased(schema, end, files):
    docs = "".join(file.read_text() for file in (ROOT / "docs").glob(files))
    paths = [path for path in schema["paths"] if path.endswith(end)]
    assert len(paths) > 2
    assert [path for path in paths if path not in docs] == []


def test_every_route_of_the_schema_is_below_an_address_of_its_group(schema):
    groups = parse_groups()
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            [group] = operation["tags"]
            assert any(is_below(path, address) for address in groups[group]), (path, group)


def is_below(path, address):
    return path.endswith(address[1:]) if address.startswith("…") else path.startswith(address)


def test_the_chart_of_the_reports_shows_numbers_from_their_answers():
    """Every number at the end of a bar is part of an answer."""
    answers = " ".join(join_json(answer) for _, answer in parse_session("docs/reports.md"))
    labels = re.findall(r'class="n[ w]*"[^>]*>([^<]+)<', (ROOT / "docs" / "reports.svg").read_text())
    numbers = {number for label in labels for number in re.findall(r"[\d.]+", label)}
    assert len(numbers) > 15
    assert numbers - set(re.findall(r"\d+(?:\.\d+)?", answers)) == set()


def test_the_index_names_every_document():
    index = "".join(read_document(name) for name in ("docs/README.md", "docs/routes.md", "README.md"))
    index = index.replace("](docs/", "](")
    documents = [document for document in DOCUMENTS if re.fullmatch(r"docs/[a-z-]+\.md", document)]
    assert len(documents) > 7
    assert [document for document in documents if f"({document.removeprefix('docs/')})" not in index] == []


def test_the_first_session_of_the_readme_follows_the_command_that_starts_the_demo():
    headings = re.findall(r"^## (.+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert headings[:2] == ["Run it", "A first session"]
