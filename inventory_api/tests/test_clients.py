"""What the client generators are given. The clients themselves are driven by `make client`."""

import json
import re

import pytest
import yaml
from django.conf import settings

from clients.schema import FORMS, in_one_form, main
from inventory_api.tests.schemas import operations

ROOT = settings.BASE_DIR
TYPESCRIPT = ROOT / "clients" / "typescript"


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The file as the generators read it."""
    file = tmp_path_factory.mktemp("clients") / "build" / "openapi.json"
    main(file)
    return json.loads(file.read_text())


def pinned(name):
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(.+)$", (ROOT / name).read_text(), re.MULTILINE))


def test_each_body_has_one_form_and_json_where_there_is_a_choice(given, schema):
    for path, method, operation in operations(given):
        offered = schema["paths"][path][method].get("requestBody", {}).get("content", {})
        taken = list(operation.get("requestBody", {}).get("content", {}))
        assert taken == [form for form in FORMS if form in offered][:1], path


def test_nothing_else_is_left_out(given, schema):
    assert [place[:2] for place in operations(given)] == [place[:2] for place in operations(schema)]
    assert set(given["components"]["schemas"]) == set(schema["components"]["schemas"])


def test_a_body_in_no_known_form_is_no_silent_gap():
    with pytest.raises(StopIteration):
        in_one_form({"paths": {"/": {"post": {"requestBody": {"content": {"text/csv": {}}}}}}})


def test_the_generators_are_pinned():
    package = json.loads((TYPESCRIPT / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    lines = (ROOT / "requirements-client.txt").read_text().splitlines()
    assert all("==" in line for line in lines if line and not line.startswith(("#", "-r ")))


def test_what_the_generator_needs_is_no_other_version_of_what_the_product_needs():
    client = pinned("requirements-client.txt")
    others = pinned("requirements.txt") | pinned("requirements-dev.txt")
    assert {name: others[name] for name in client if name in others} == {}


def test_the_lock_file_names_no_registry():
    lock = json.loads((TYPESCRIPT / "package-lock.json").read_text())
    assert len(lock["packages"]) > 10
    assert not any("resolved" in package for package in lock["packages"].values())


def test_the_page_and_the_workflow_run_what_the_makefile_has():
    page, makefile = (ROOT / "docs" / "clients.md").read_text(), (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (client[a-z-]*)", page):
        assert f"\n{target}:" in makefile
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert "make client" in [step.get("run") for step in jobs["clients"]["steps"]]
