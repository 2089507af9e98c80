"""The README's first session gives the answers that it prints."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

README = Path(__file__).resolve().parent.parent.parent / "README.md"
END_OF_ANSWER = "--- end of answer ---"
CHANGING = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
    (r'("(?:id|owner|operation|product|category|performed_by)"): ?\d+', r"\1:<id>"),
]


def session() -> list[tuple[str, str]]:
    """The commands of the README's console block, each with the answer printed below it."""
    block = re.search(r"```console\n(.*?)```", README.read_text(), re.DOTALL)
    assert block
    parts = re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]
    return [tuple(part.rstrip("\n").split("\n", 1)) if "\n" in part[:-1] else (part.strip(), "") for part in parts]


def without_what_changes(answer: str) -> str:
    for pattern, name in CHANGING:
        answer = re.sub(pattern, name, answer)
    return answer.strip()


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_the_first_session_answers_as_printed(settings, live_server):
    settings.DEMO = True
    call_command("load_demo")
    script = "".join(f"{command}\necho '{END_OF_ANSWER}'\n" for command, _ in session())
    script = script.replace("http://127.0.0.1:8000", live_server.url)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    answers = done.stdout.split(END_OF_ANSWER)[:-1]
    assert [without_what_changes(a) for a in answers] == [without_what_changes(e) for _, e in session()]


def test_the_session_has_both_a_booking_and_a_refusal():
    answers = [answer for _, answer in session()]
    assert any('"movement_type":"OUT"' in answer for answer in answers)
    assert any("insufficient_stock" in answer for answer in answers)
