"""The sessions in the documents give the answers that they print."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = ["README.md", "docs/ledger.md", "docs/reports.md"]
END_OF_ANSWER = "--- end of answer ---"
CHANGING = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\d\b", "<date>"),
    (r'("(?:id|owner|operation|product|category|performed_by)"): ?\d+', r"\1:<id>"),
]


def session(document: str) -> list[tuple[str, str]]:
    """The commands of the document's console blocks, each with the answer printed below it."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [tuple(part.rstrip("\n").split("\n", 1)) if "\n" in part[:-1] else (part.strip(), "") for part in parts]


def without_what_changes(answer: str) -> str:
    for pattern, name in CHANGING:
        answer = re.sub(pattern, name, answer)
    return answer.strip()


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_session_answers_as_printed(settings, live_server, document):
    settings.DEMO = True
    call_command("load_demo")
    script = "".join(f"{command}\necho '{END_OF_ANSWER}'\n" for command, _ in session(document))
    script = script.replace("http://127.0.0.1:8000", live_server.url)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    answers = done.stdout.split(END_OF_ANSWER)[:-1]
    assert [without_what_changes(a) for a in answers] == [without_what_changes(e) for _, e in session(document)]


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
