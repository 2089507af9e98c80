"""Record the responses that tests get, to show that a change of the code changes none of them.

As a plugin of pytest: `pytest -p testing.plugins.recording --record FOLDER …` writes one file of lines for each
process. Then `python -m testing.plugins.recording BEFORE AFTER [AGAIN]` compares two such folders, and prints the tests
whose responses differ. Values that differ between any two runs (times, keys, tokens, digests) are replaced
by their kind. What differs between AFTER and AGAIN, a second recording of the same code, differs by chance and
is left out.

A file of tests may move between the recordings: a test is known by the name of its file, function and case. The ids
of the rows that a test creates depend on its name alone, so that tests that are added or removed change no others.
"""

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO
from zlib import crc32

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

IDS_OF_A_TEST = 1_000
# Ids of different tests hardly ever meet, and have the same number of digits, so that they sort alike as text.
FIRST_ID, RANGES = 1_000_000, 8_000
HEADERS = ("Content-Type", "Location", "Allow", "Content-Disposition", "Cache-Control", "Vary", "Retry-After", "Link")
CHANCE = {
    "<time>": rb"\d{4}-\d\d-\d\d(T| )\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+\d\d:\d\d)?",
    "<uuid>": rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "<token>": rb"eyJ[\w-]+\.[\w-]+\.[\w-]+",
    "<digest>": rb"\b[0-9a-f]{32,}\b",
    "<random>": rb"\b(?=\w*[A-Z])(?=\w*[a-z])(?=\w*\d)[\w-]{20,}\b",
    "<clock>": rb"\b\d\d:\d\d(:\d\d)?\b",
}
KINDS = [(kind.encode(), re.compile(pattern)) for kind, pattern in CHANCE.items()]


class Recorder:
    """The file of this process, and the test that runs."""

    file: TextIO | None = None
    test = ""

    @classmethod
    def write(cls, request: HttpRequest, response: HttpResponseBase, body: bytes) -> None:
        if cls.file is None or not cls.test:
            return
        headers = {name: normalize(response.headers[name].encode()) for name in HEADERS if name in response.headers}
        address = normalize(request.get_full_path().encode())
        entry = [cls.test, request.method, address, response.status_code, headers, normalize(body)]
        cls.file.write(json.dumps(entry) + "\n")


def normalize(text: bytes) -> str:
    for kind, pattern in KINDS:
        text = pattern.sub(kind, text)
    return text.decode("utf-8", "backslashreplace")


class RecordResponses:
    """Middleware around all others, which records each response as the client gets it."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        if response.streaming:
            response.streaming_content = self.record_parts(request, response, response.streaming_content)
        else:
            Recorder.write(request, response, response.content)
        return response

    def record_parts(self, request: HttpRequest, response: Any, parts: Iterator[bytes]) -> Iterator[bytes]:
        body = bytearray()
        for part in parts:
            body += part
            yield part
        Recorder.write(request, response, bytes(body))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, required=True, help="the folder to which the responses are written")


def pytest_configure(config: pytest.Config) -> None:
    settings.MIDDLEWARE = [f"{__name__}.RecordResponses", *settings.MIDDLEWARE]
    folder = config.getoption("record")
    folder.mkdir(parents=True, exist_ok=True)
    Recorder.file = (folder / f"{os.environ.get('PYTEST_XDIST_WORKER', 'only')}.jsonl").open("w")


@pytest.fixture(autouse=True)
def recorded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Record the responses that this test gets, with ids that depend on its name."""
    name = request.node.nodeid.rpartition("/")[2]
    if {"db", "transactional_db"} & {*request.fixturenames} or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        start_ids(FIRST_ID + crc32(name.encode()) % RANGES * IDS_OF_A_TEST)
    Recorder.test = name
    yield
    Recorder.test = ""


def start_ids(first: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(seqrelid::regclass, %s) FROM pg_sequence", [first])


def main(before: Path, after: Path, again: Path | None = None) -> int:
    """Print how the responses of the tests in both folders differ. Return 1 if they do."""
    old, new = read(before), read(after)
    chance = {name for name, responses in read(again).items() if new.get(name) != responses} if again else set()
    common = sorted(old.keys() & new.keys() - chance)
    differing = [name for name in common if old[name] != new[name]]
    for name in differing:
        print(name)
        for line in list_differences(old[name], new[name]):
            print(f"    {line}")
    responses = sum(len(old[name]) for name in common)
    print(f"{responses} responses of {len(common)} tests compared, {len(differing)} tests differ; left out: ", end="")
    print(f"{len(old.keys() ^ new.keys())} that are in one folder only, {len(chance)} that differ by chance")
    return bool(differing)


def read(folder: Path) -> dict[str, list[Any]]:
    """Return the responses by the name of the test, in order."""
    tests: dict[str, list[Any]] = defaultdict(list)
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.open():
            name, *response = json.loads(line)
            tests[name].append(response)
    return tests


def list_differences(old: list[Any], new: list[Any]) -> Iterator[str]:
    if len(old) != len(new):
        yield f"{len(old)} responses before, {len(new)} after"
    for one, other in zip(old, new, strict=False):
        for was, now in zip(one, other, strict=True):
            if was != now:
                yield f"{one[0]} {one[1]}: {cut(str(was), str(now))} -> {cut(str(now), str(was))}"


def cut(text: str, other: str) -> str:
    """Return the text around the first character that differs from the other text."""
    place = next((place for place, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), 0)
    return repr(text[max(place - 60, 0) : place + 100])


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
