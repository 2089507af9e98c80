"""The schema file for the client generators, and their pinned tools. `make client` tests the clients themselves."""

import json
import re

import pytest
import yaml
from django.conf import settings

from testing.clients.collection import make_collection, make_environment
from testing.clients.generate import JAR_PACKAGES, LANGUAGES, missing_requirements
from testing.clients.schema import MEDIA_TYPES, main, with_single_media_types
from testing.laws.schemas import list_operations
from testing.tables import all_cases

ROOT = settings.BASE_DIR
PACKAGES = [ROOT / "testing" / "clients" / name for name in ("typescript", "tools")]


@pytest.fixture(scope="module")
def client_schema(tmp_path_factory):
    """Return the schema file that the generators read."""
    file = tmp_path_factory.mktemp("clients") / "build" / "openapi.json"
    main(file)
    return json.loads(file.read_text())


def pinned_versions(name):
    """Return the packages of a requirements file with their versions."""
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(.+)$", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.quick
def test_each_body_has_one_media_type_preferably_json(client_schema, schema):
    for path, method, operation in list_operations(client_schema):
        media_types = schema["paths"][path][method].get("requestBody", {}).get("content", {})
        kept = list(operation.get("requestBody", {}).get("content", {}))
        assert kept == [media_type for media_type in MEDIA_TYPES if media_type in media_types][:1], path


def test_the_generators_get_all_operations_and_schemas(client_schema, schema):
    assert [place[:2] for place in list_operations(client_schema)] == [place[:2] for place in list_operations(schema)]
    left_out = set(schema["components"]["schemas"]) - set(client_schema["components"]["schemas"])
    assert {name for name in left_out if not name.endswith("Form")} == set()
    assert "LoginForm" in left_out  # these bodies are sent as JSON


def test_the_python_generator_can_read_every_response_and_send_every_body(client_schema):
    told = yaml.safe_load((ROOT / "testing" / "clients" / "python.yaml").read_text())["content_type_overrides"]
    known = {"application/json", "multipart/form-data", *told}
    for path, _, operation in list_operations(client_schema):
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in filter(None, contents):
            assert any(name in known or name.startswith("text/") for name in content), path
            texts = [media["schema"] for name, media in content.items() if name.startswith("text/")]
            assert "binary" not in {schema.get("format") for schema in texts}, path


def test_a_body_without_a_known_media_type_is_an_error():
    with pytest.raises(StopIteration):
        with_single_media_types({"paths": {"/": {"post": {"requestBody": {"content": {"text/csv": {}}}}}}})


@all_cases("folder", PACKAGES)
def test_the_node_tools_are_pinned(folder):
    package = json.loads((folder / "package.json").read_text())
    versions = [*package.get("dependencies", {}).values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert len(versions) > 2


def test_the_generators_are_pinned():
    lines = (ROOT / "testing/requirements/client.txt").read_text().splitlines()
    assert all("==" in line for line in lines if line and not line.startswith(("#", "-r ")))


def test_the_generators_pin_no_package_of_the_product():
    client = pinned_versions("testing/requirements/client.txt")
    others = pinned_versions("requirements.txt") | pinned_versions("testing/requirements/dev.txt")
    assert {name: others[name] for name in client if name in others} == {}


@all_cases("folder", PACKAGES)
def test_the_lock_file_names_no_registry(folder):
    lock = json.loads((folder / "package-lock.json").read_text())
    assert len(lock["packages"]) > 10
    assert not any("resolved" in package for package in lock["packages"].values())


def collection_requests(folder):
    """Yield the requests of a Postman folder and its subfolders."""
    for item in folder["item"]:
        yield from collection_requests(item) if "item" in item else [item["request"]]


def test_the_collection_has_exactly_the_operations_of_the_schema(client_schema):
    collected = [
        (request["method"].lower(), request["url"]["raw"])
        for request in collection_requests(make_collection(client_schema))
    ]
    expected = [
        (method, "{{baseUrl}}" + re.sub(r"{(\w+)}", r":\1", path)) for path, method, _ in list_operations(client_schema)
    ]
    assert sorted(collected) == sorted(expected)


def test_the_environment_defines_every_variable_of_the_collection(client_schema):
    used = set(re.findall(r"{{(\w+)}}", json.dumps(make_collection(client_schema))))
    assert used == {value["key"] for value in make_environment()["values"]}


def test_names_the_missing_requirements_of_a_language(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_requirements(LANGUAGES["go"]) == "java, go"
    java = LANGUAGES["java"]._replace(jars=[tmp_path / "none.jar"])
    assert missing_requirements(java) == f"java, javac, {JAR_PACKAGES}"


def test_the_workflow_installs_the_packages_of_the_java_client():
    assert f"apt-get install --yes {JAR_PACKAGES}" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_the_page_and_the_workflow_name_existing_make_targets():
    page, makefile = (ROOT / "docs" / "clients.md").read_text(), (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (client[a-z-]*)", page):
        assert f"\n{target}:" in makefile
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert "make client" in [step.get("run") for step in jobs["clients"]["steps"]]
