"""What the client generators are given. The clients themselves are driven by `make client`."""

import json
import re

import pytest
import yaml
from django.conf import settings

from clients.collection import make_collection, make_environment
from clients.generate import JAR_PACKAGES, LANGUAGES, missing_requirements
from clients.schema import MEDIA_TYPES, main, with_single_media_types
from testing.schemas import list_operations

ROOT = settings.BASE_DIR
PACKAGES = [ROOT / "clients" / name for name in ("typescript", "tools")]


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The file as the generators read it."""
    file = tmp_path_factory.mktemp("clients") / "build" / "openapi.json"
    main(file)
    return json.loads(file.read_text())


def pinned(name):
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(.+)$", (ROOT / name).read_text(), re.MULTILINE))


def test_each_body_has_one_form_and_json_where_there_is_a_choice(given, schema):
    for path, method, operation in list_operations(given):
        offered = schema["paths"][path][method].get("requestBody", {}).get("content", {})
        taken = list(operation.get("requestBody", {}).get("content", {}))
        assert taken == [media_type for media_type in MEDIA_TYPES if media_type in offered][:1], path


def test_nothing_else_is_left_out(given, schema):
    assert [place[:2] for place in list_operations(given)] == [place[:2] for place in list_operations(schema)]
    assert set(given["components"]["schemas"]) == set(schema["components"]["schemas"])


def test_a_body_in_no_known_form_is_no_silent_gap():
    with pytest.raises(StopIteration):
        with_single_media_types({"paths": {"/": {"post": {"requestBody": {"content": {"text/csv": {}}}}}}})


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_the_tools_of_node_are_pinned(folder):
    package = json.loads((folder / "package.json").read_text())
    versions = [*package.get("dependencies", {}).values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert len(versions) > 2


def test_the_generators_are_pinned():
    lines = (ROOT / "requirements-client.txt").read_text().splitlines()
    assert all("==" in line for line in lines if line and not line.startswith(("#", "-r ")))


def test_what_the_generator_needs_is_no_other_version_of_what_the_product_needs():
    client = pinned("requirements-client.txt")
    others = pinned("requirements.txt") | pinned("requirements-dev.txt")
    assert {name: others[name] for name in client if name in others} == {}


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_the_lock_file_names_no_registry(folder):
    lock = json.loads((folder / "package-lock.json").read_text())
    assert len(lock["packages"]) > 10
    assert not any("resolved" in package for package in lock["packages"].values())


def requests_of(folder):
    for item in folder["item"]:
        yield from requests_of(item) if "item" in item else [item["request"]]


def test_the_collection_has_every_operation_and_no_other(given):
    made = [(request["method"].lower(), request["url"]["raw"]) for request in requests_of(make_collection(given))]
    asked = [(method, "{{baseUrl}}" + re.sub(r"{(\w+)}", r":\1", path)) for path, method, _ in list_operations(given)]
    assert sorted(made) == sorted(asked)


def test_the_collection_uses_no_variable_that_its_environment_lacks(given):
    used = set(re.findall(r"{{(\w+)}}", json.dumps(make_collection(given))))
    assert used == {value["key"] for value in make_environment()["values"]}


def test_what_a_machine_lacks_for_a_language_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_requirements(LANGUAGES["go"]) == "java, go"
    java = LANGUAGES["java"]._replace(jars=[tmp_path / "none.jar"])
    assert missing_requirements(java) == f"java, javac, {JAR_PACKAGES}"


def test_the_workflow_installs_what_the_java_client_is_compiled_with():
    assert f"apt-get install --yes {JAR_PACKAGES}" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_the_page_and_the_workflow_run_what_the_makefile_has():
    page, makefile = (ROOT / "docs" / "clients.md").read_text(), (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (client[a-z-]*)", page):
        assert f"\n{target}:" in makefile
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert "make client" in [step.get("run") for step in jobs["clients"]["steps"]]
