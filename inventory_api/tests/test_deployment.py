"""What platforms read: Procfile, render.yaml, Dockerfile and compose.yaml say the same, and name nothing that isn't."""

import http.client
import json
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from core.server import channel, worker
from inventory_api.tests.test_settings import documented, run
from testing import live
from testing.serving import find_free_port, read_procfile

ROOT = settings.BASE_DIR
RENDER = yaml.safe_load((ROOT / "render.yaml").read_text())
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
# An instruction and its arguments, lines continued.
DOCKERFILE = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)", (ROOT / "Dockerfile").read_text(), re.M)
REQUIRED = {"SECRET_KEY", "ALLOWED_HOSTS"}
DATABASE = {"DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST"}
PLATFORM_KILLS_AFTER = 30


@pytest.fixture(scope="module")
def gunicorn():
    names = ("graceful_timeout", "timeout", "wsgi_app", "bind", "keepalive", "worker_connections")
    code = f"import json, runpy; c = runpy.run_path('gunicorn.conf.py'); print(json.dumps([c[n] for n in {names}]))"
    production = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example.org", "DB_NAME": "shop"}
    return dict(zip(names, json.loads(run("-c", code, **production).stdout), strict=True))


@pytest.fixture(scope="module")
def deployed():
    with live.run_deployed() as service:
        yield service


def ask(service, path, **headers):
    """Status and headers of the answer to a GET as it reaches gunicorn."""
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    link.request("GET", path, headers={"Host": "testserver", **headers})
    answer = link.getresponse()
    link.close()
    return answer.status, dict(answer.getheaders())


def arguments_of(instruction):
    return [arguments for name, arguments in DOCKERFILE if name == instruction]


def compose_commands():
    return {name: COMPOSE["services"][name]["command"] for name in ("migrate", "web")}


def test_the_procfile_has_a_release_and_a_web():
    assert read_procfile() == {"release": ["python", "manage.py", "migrate", "--noinput"], "web": ["gunicorn"]}


def test_every_platform_runs_the_procfile_s_commands():
    [service] = RENDER["services"]
    assert shlex.split(service["preDeployCommand"]) == compose_commands()["migrate"] == read_procfile()["release"]
    assert shlex.split(service["startCommand"]) == compose_commands()["web"] == read_procfile()["web"]
    assert json.loads(arguments_of("CMD")[0]) == read_procfile()["web"]


def test_render_sets_what_production_requires_and_nothing_that_is_not_read():
    variables = {entry["key"]: entry for entry in RENDER["services"][0]["envVars"]}
    assert REQUIRED | {"DATABASE_URL"} <= set(variables) <= set(documented())
    assert variables["SECRET_KEY"]["generateValue"]
    assert variables["DATABASE_URL"]["fromDatabase"]["name"] == RENDER["databases"][0]["name"]


def test_compose_sets_what_production_requires_and_nothing_that_is_not_read():
    for name in ("migrate", "web"):
        assert REQUIRED | DATABASE <= set(COMPOSE["services"][name]["environment"]) <= set(documented())
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert asked <= set(documented())


def test_compose_gives_the_service_the_database_that_it_makes():
    database, service = COMPOSE["services"]["db"]["environment"], COMPOSE["services"]["web"]["environment"]
    for theirs, ours in {"DB": "NAME", "USER": "USER", "PASSWORD": "PASSWORD"}.items():
        assert database[f"POSTGRES_{theirs}"] == service[f"DB_{ours}"]
    assert service["DB_HOST"] in COMPOSE["services"]


def test_compose_serves_after_the_migration_and_migrates_after_the_database_is_up():
    waits = {name: COMPOSE["services"][name]["depends_on"] for name in ("migrate", "web")}
    assert waits["migrate"]["db"]["condition"] == "service_healthy"
    assert waits["web"]["migrate"]["condition"] == "service_completed_successfully"


def test_no_secret_stands_in_a_file_that_is_committed():
    values = re.findall(r"(?:SECRET_KEY|PASSWORD): (.+)", (ROOT / "compose.yaml").read_text())
    assert len(values) == 3
    assert all(value.startswith("${") for value in values)
    assert not [name for name in ("ENV", "ARG") if arguments_of(name)]
    assert ".env" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_image_runs_a_tested_python_as_a_user_without_rights():
    wanted = (ROOT / ".python-version").read_text().strip()
    [image] = arguments_of("FROM")
    assert re.fullmatch(rf"python:{re.escape(wanted)}\.\d+-slim-\w+", image)
    tested = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["readme"]["strategy"]["matrix"]
    assert wanted in tested["python"]
    assert arguments_of("USER") == ["10001:10001"]


def test_the_image_holds_the_pinned_requirements_and_no_more():
    assert [command for command in arguments_of("RUN") if "pip install" in command] == [
        "pip install --no-cache-dir --requirement requirements.txt"
    ]
    assert all(":" in service["image"] for name, service in COMPOSE["services"].items() if name == "db")


def test_nothing_that_the_image_leaves_out_is_imported_by_the_product():
    assert {"**/*tests", "testing", "benchmarks", "conftest.py"} <= set(
        (ROOT / ".dockerignore").read_text().splitlines()
    )
    left_out = re.compile(r"(\w*tests|testing|benchmarks|conftest)(\.py)?")
    files = [file.relative_to(ROOT) for pattern in ("*.py", "[!.]*/**/*.py") for file in ROOT.glob(pattern)]
    product = [file for file in files if not any(left_out.fullmatch(part) for part in file.parts)]
    imports = re.compile(rf"^\s*(from|import) .*\b{left_out.pattern}\b", re.M)
    assert len(product) > 100
    assert [file for file in product if imports.search((ROOT / file).read_text())] == []


def test_the_probes_that_are_named_are_there():
    [probe] = arguments_of("HEALTHCHECK")
    named = [RENDER["services"][0]["healthCheckPath"], re.search(r"/\w+z\b", probe)[0]]
    assert [resolve(path).url_name for path in named] == ["readyz", "healthz"]


def test_requests_that_run_may_end_before_a_platform_kills(gunicorn):
    assert gunicorn["graceful_timeout"] < PLATFORM_KILLS_AFTER
    assert RENDER["services"][0]["maxShutdownDelaySeconds"] >= PLATFORM_KILLS_AFTER
    assert COMPOSE["services"]["web"]["stop_grace_period"] == f"{PLATFORM_KILLS_AFTER}s"


def test_gunicorn_serves_the_application_to_the_outside(gunicorn):
    assert (gunicorn["wsgi_app"], gunicorn["bind"]) == ("inventory_api.wsgi", "0.0.0.0:8000")
    assert any(port.endswith(":8000") for port in COMPOSE["services"]["web"]["ports"])


# --- A server of one's own --------------------------------------------------------------------------------

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
NGINX = (ROOT / "deploy/nginx.conf").read_text()
PAGE = (ROOT / "docs/deploying.md").read_text()


def test_the_page_prints_the_nginx_configuration_that_is_there():
    assert f"```nginx\n{NGINX}```\n" in PAGE


def test_nginx_passes_on_what_the_service_needs(gunicorn):
    said = dict(re.findall(r"^ +proxy_set_header (\S+) (.+);$", NGINX, re.M))
    assert said == {
        "Connection": '""',
        "Host": "$http_host",
        "X-Forwarded-For": "$proxy_add_x_forwarded_for",
        "X-Forwarded-Proto": "$scheme",
    }
    assert f"client_max_body_size {settings.MAX_IMPORT_BYTES >> 20}m;" in NGINX
    assert int(re.search(r"^ +keepalive_timeout (\d+)s;", NGINX, re.M)[1]) < gunicorn["keepalive"]
    assert "buffering off" not in NGINX


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed; CI's job `deploy` asks it")
def test_nginx_takes_the_configuration(tmp_path):
    """With a certificate and ports of this test."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout privkey.pem -out fullchain.pem"
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    text = re.sub(r"/etc/letsencrypt/live/[\w.]+", str(tmp_path), NGINX).replace("listen [::]:", "#")
    for port in ("80;", "443 ssl;"):
        text = text.replace(f"listen {port}", f"listen {find_free_port()}{port.lstrip('0123456789')}")
    (tmp_path / "site.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in kinds)  # the usual ones are root's
    whole = f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    asked = ["nginx", "-t", "-e", f"{tmp_path}/error.log", "-p", str(tmp_path), "-c", f"{tmp_path}/nginx.conf"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, "is successful" in done.stderr) == (0, True), done.stderr


def test_the_units_run_what_the_procfile_does_with_the_virtual_environment():
    commands = [line for unit in UNITS for line in re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.M)]
    assert len(commands) == 3
    assert all(command.startswith("/srv/inventory/.venv/bin/python ") for command in commands)
    assert "-m gunicorn --bind 127.0.0.1:8000" in (ROOT / "deploy/systemd/inventory.service").read_text()
    named = {command.split("manage.py ")[1] for command in commands if "manage.py" in command}
    assert named <= set(get_commands())


def test_the_units_stop_a_service_that_has_not_stopped_by_itself(gunicorn):
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", (ROOT / "deploy/systemd/inventory.service").read_text(), re.M)[1]
    assert gunicorn["graceful_timeout"] < int(seconds)


def test_each_timer_has_its_service_and_is_started_by_the_page():
    [command] = re.findall(r"^systemctl enable --now (.+)$", PAGE, re.M)
    timers = {unit.stem for unit in UNITS if unit.suffix == ".timer"}
    assert len(timers) == 2
    assert timers < {unit.stem for unit in UNITS if unit.suffix == ".service"}
    assert set(command.split()) == {"inventory.service", *(f"{timer}.timer" for timer in timers)}


def test_the_limits_of_the_server_are_the_ones_that_the_page_names(gunicorn):
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "SEND_SECONDS", "STOP_SECONDS"):
        assert re.search(rf"^\| `{name}`.* \| {getattr(worker, name)} s \|", PAGE, re.M)
    assert f"| {worker.MAX_KEPT_BYTES >> 20} MiB |" in PAGE
    assert re.search(rf"^\| `MAX_HEAD_BYTES`.* \| {channel.MAX_HEAD_BYTES >> 10} KiB \|", PAGE, re.M)
    assert re.search(rf"^\| `worker_connections`.* \| {gunicorn['worker_connections']} \|", PAGE, re.M)
    assert re.search(rf"^\| `keepalive`.* \| {gunicorn['keepalive']} s \|", PAGE, re.M)


def test_the_procfile_serves_in_production_mode_to_who_comes_over_tls(deployed):
    assert deployed.variables["HTTPS"] == "on"
    assert not {"DEBUG", "DEMO"}.intersection(deployed.variables)
    status, headers = ask(deployed, "/api/docs/", **{"X-Forwarded-Proto": "https"})
    assert (status, headers["Strict-Transport-Security"].split(";")[0]) == (200, "max-age=31536000")


def test_who_comes_without_tls_is_sent_to_it_and_a_probe_is_not(deployed):
    status, headers = ask(deployed, "/api/")
    assert (status, headers["Location"]) == (301, "https://testserver/api/")
    assert [ask(deployed, path, Host="10.0.0.7")[0] for path in ("/healthz", "/readyz")] == [200, 200]


def test_the_tests_of_signing_in_pass_over_http(deployed):
    """`make live` in short: it runs all files of the API's tests in this way."""
    assert live.run_tests(deployed, ["--quiet", "users/tests/test_sign_in.py"]) == 0


def test_the_tests_that_make_live_excludes_exist():
    source = (ROOT / "testing/over_http.py").read_text()
    excluded = re.findall(r'^    "(test_\w+)":', source, re.M)
    files = [path.read_text() for path in ROOT.glob("*/tests/test_*.py")]
    assert excluded
    assert [name for name in excluded if not any(f"def {name}(" in text for text in files)] == []


def test_gunicorn_s_lines_and_ours_are_in_one_format(deployed):
    ask(deployed, "/healthz")
    lines = [json.loads(line) for line in deployed.log.read_text().splitlines()]
    assert {"gunicorn.error", "inventory_api.request"} <= {line["logger"] for line in lines}
