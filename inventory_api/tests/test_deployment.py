"""Procfile, render.yaml, Dockerfile, compose.yaml, nginx and systemd files agree with each other and the settings."""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
from urllib.parse import urlencode

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from core.server import channel, worker
from inventory_api import __version__
from inventory_api.tests.test_settings import documented_variables
from ops import worker_process
from records.events.webhooks.connection import TIMEOUT_SECONDS
from testing.servers import live, pgbouncer
from testing.servers.loaded_settings import run_python
from testing.servers.serving import find_free_port, read_procfile
from testing.tables import all_cases

ROOT = settings.BASE_DIR
RENDER = yaml.safe_load((ROOT / "render.yaml").read_text())
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
# The instructions with their arguments. They include continuation lines.
DOCKERFILE = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)", (ROOT / "Dockerfile").read_text(), re.M)
REQUIRED = {"SECRET_KEY", "ALLOWED_HOSTS"}
DATABASE = {"DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST"}
KILL_DELAY_SECONDS = 30


@pytest.fixture(scope="module")
def gunicorn():
    names = ("graceful_timeout", "timeout", "wsgi_app", "bind", "keepalive", "worker_connections")
    code = f"import json, runpy; c = runpy.run_path('gunicorn.conf.py'); print(json.dumps([c[n] for n in {names}]))"
    production = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example.org", "DB_NAME": "shop"}
    return dict(zip(names, json.loads(run_python("-c", code, **production).stdout), strict=True))


@pytest.fixture(scope="module")
def deployed():
    with live.run_deployed(migrated=True) as service:
        yield service


def get(service, path, **headers):
    """Send a GET directly to gunicorn. Return status and headers of the response."""
    http_connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    http_connection.request("GET", path, headers={"Host": "testserver", **headers})
    answer = http_connection.getresponse()
    http_connection.close()
    return answer.status, dict(answer.getheaders())


@all_cases("parameter", ["id__in", "sku__in"])
def test_an_address_has_room_for_500_ids_or_skus_of_ten_characters(deployed, parameter):
    values = ",".join(str(10**9 + number) for number in range(500))
    assert get(deployed, f"/api/products/?{urlencode({parameter: values})}")[0] != 414


def dockerfile_arguments(instruction):
    """Return the arguments of each instruction of this kind in the Dockerfile."""
    return [arguments for name, arguments in DOCKERFILE if name == instruction]


def compose_commands():
    return {name: COMPOSE["services"][name]["command"] for name in ("migrate", "web", "worker")}


def test_the_procfile_has_the_processes_release_web_and_worker():
    assert read_procfile() == {
        "release": ["python", "manage.py", "migrate", "--noinput"],
        "web": ["gunicorn"],
        "worker": ["python", "manage.py", "deliver"],
    }


def test_every_platform_runs_the_commands_of_the_procfile():
    web, worker = RENDER["services"]
    assert shlex.split(web["preDeployCommand"]) == compose_commands()["migrate"] == read_procfile()["release"]
    assert shlex.split(web["startCommand"]) == compose_commands()["web"] == read_procfile()["web"]
    assert shlex.split(worker["startCommand"]) == compose_commands()["worker"] == read_procfile()["worker"]
    assert json.loads(dockerfile_arguments("CMD")[0]) == read_procfile()["web"]


def test_render_sets_the_required_variables_and_no_unknown_ones():
    web, worker = ({entry["key"]: entry for entry in service["envVars"]} for service in RENDER["services"])
    for variables in (web, worker):
        assert REQUIRED | {"DATABASE_URL"} <= set(variables) <= set(documented_variables())
        assert variables["DATABASE_URL"]["fromDatabase"]["name"] == RENDER["databases"][0]["name"]
    assert web["SECRET_KEY"]["generateValue"]
    name = RENDER["services"][0]["name"]
    for key in REQUIRED:
        assert worker[key]["fromService"] == {"name": name, "type": "web", "envVarKey": key}


def test_compose_sets_the_required_variables_and_no_unknown_ones():
    for name in ("migrate", "web", "worker"):
        assert REQUIRED | DATABASE <= set(COMPOSE["services"][name]["environment"]) <= set(documented_variables())
    variables = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert variables <= set(documented_variables())


def test_compose_has_a_pooler_that_keeps_prepared_statements_in_a_profile():
    pooler = COMPOSE["services"]["pooler"]
    assert pooler["profiles"] == ["pooler"]
    release = re.fullmatch(r"\S+:v(\d+)\.(\d+)\.\d+\S*", pooler["image"])
    assert (int(release[1]), int(release[2])) >= pgbouncer.PREPARED_RELEASE
    own = pooler["environment"]
    assert (own["POOL_MODE"], own["MAX_PREPARED_STATEMENTS"] > 0) == ("transaction", True)
    database = COMPOSE["services"]["db"]["environment"]
    assert [own["DB_HOST"], *(own[f"DB_{name}"] for name in ("NAME", "USER", "PASSWORD"))] == [
        "db", *(database[f"POSTGRES_{name}"] for name in ("DB", "USER", "PASSWORD"))
    ]  # fmt: skip
    assert COMPOSE["services"]["web"]["depends_on"]["pooler"]["required"] is False


def test_compose_has_two_standbys_of_the_database_in_a_profile():
    database = COMPOSE["services"]["db"]
    assert "cluster_name=db" in database["command"]
    standbys = {name: service for name, service in COMPOSE["services"].items() if service.get("profiles") == ["ha"]}
    assert list(standbys) == ["standby_one", "standby_two"]
    for name, standby in standbys.items():
        assert (standby["image"], standby["environment"]["NAME"]) == (database["image"], name)
        assert standby["environment"]["PGPASSWORD"] == database["environment"]["POSTGRES_PASSWORD"]
        assert standby["volumes"] == [f"{name}:/var/lib/postgresql"]
        [script] = standby["command"]
        assert f"host=db user={database['environment']['POSTGRES_USER']}" in script
        assert not re.search(r"(?<!\$)\$(?!\$)", script), "compose would replace this variable itself"
    guide = (ROOT / "docs/scaling.md").read_text()
    assert "ANY 1 (db, standby_one, standby_two)" in guide
    assert "db:5432,standby_one:5432,standby_two:5432" in guide


def test_the_script_of_a_standby_copies_the_database_until_it_succeeds_and_starts_it(tmp_path):
    """The test uses programs that only record how they are called, because the image is not available."""
    copy = '[ -e tried ] && mkdir "${2#--pgdata=}" || ! touch tried'
    for name, text in {"pg_basebackup": copy, "postgres": ":", "sleep": ":"}.items():
        (tmp_path / name).write_text(f'#!/bin/bash\necho "{name} $*" >> calls\n{text}\n')
        (tmp_path / name).chmod(0o755)
    [script] = COMPOSE["services"]["standby_two"]["command"]
    data = tmp_path / "docker"
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PGDATA": str(data), "NAME": "standby_two"}
    for _ in range(2):
        subprocess.run(["bash", "-c", script.replace("$$", "$")], cwd=tmp_path, env=variables, check=True)
    calls = (tmp_path / "calls").read_text()
    programs = [line.split()[0] for line in calls.splitlines()]
    assert programs == ["pg_basebackup", "sleep", "pg_basebackup", "postgres", "postgres"]
    assert "postgres -c cluster_name=standby_two" in calls
    assert data.is_dir()


def test_compose_connects_the_service_to_its_database():
    database, service = COMPOSE["services"]["db"]["environment"], COMPOSE["services"]["web"]["environment"]
    for postgres_name, our_name in {"DB": "NAME", "USER": "USER", "PASSWORD": "PASSWORD"}.items():
        assert database[f"POSTGRES_{postgres_name}"] == service[f"DB_{our_name}"]
    assert service["DB_HOST"] == "${DB_HOST:-db}"


def test_compose_starts_the_database_then_migrates_then_serves():
    conditions = {name: COMPOSE["services"][name]["depends_on"] for name in ("migrate", "web", "worker")}
    assert conditions["migrate"]["db"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        assert conditions[name]["migrate"]["condition"] == "service_completed_successfully"


def test_no_committed_file_contains_a_secret():
    values = re.findall(r"(?:SECRET_KEY|PASSWORD): (.+)", (ROOT / "compose.yaml").read_text())
    assert len(values) == 6
    assert all(value.startswith("${") for value in values)
    assert [dockerfile_arguments(name) for name in ("ARG", "ENV")] == [['COMMIT=""'], ["COMMIT=$COMMIT"]]
    assert ".env" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_image_runs_a_tested_python_as_an_unprivileged_user():
    wanted = (ROOT / ".python-version").read_text().strip()
    [image] = dockerfile_arguments("FROM")
    assert re.fullmatch(rf"python:{re.escape(wanted)}\.\d+-slim-\w+", image)
    tested = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["readme"]["strategy"]["matrix"]
    assert wanted in tested["python"]
    assert dockerfile_arguments("USER") == ["10001:10001"]


def test_the_image_installs_only_the_pinned_requirements():
    assert [command for command in dockerfile_arguments("RUN") if "pip install" in command] == [
        "pip install --no-cache-dir --requirement requirements.txt"
    ]
    assert all(":" in service["image"] for name, service in COMPOSE["services"].items() if name == "db")


def test_the_product_imports_nothing_that_the_image_lacks():
    assert {"**/*tests", "testing", "benchmarks", "conftest.py"} <= set(
        (ROOT / ".dockerignore").read_text().splitlines()
    )
    left_out = re.compile(r"(\w*tests|testing|benchmarks|conftest)(\.py)?")
    ignored = {"build"}  # the clients that `make client` generates
    files = [file.relative_to(ROOT) for pattern in ("*.py", "[!.]*/**/*.py") for file in ROOT.glob(pattern)]
    product = [file for file in files if not any(left_out.fullmatch(part) for part in file.parts)]
    product = [file for file in product if not ignored.intersection(file.parts)]
    imports = re.compile(rf"^\s*(from|import) .*\b{left_out.pattern}\b", re.M)
    assert len(product) > 100
    assert [file for file in product if imports.search((ROOT / file).read_text())] == []


def test_the_configured_probes_exist():
    [probe] = dockerfile_arguments("HEALTHCHECK")
    probes = [RENDER["services"][0]["healthCheckPath"], re.search(r"/\w+z\b", probe)[0]]
    assert [resolve(path).url_name for path in probes] == ["readyz", "healthz"]


def test_running_requests_can_finish_before_a_platform_kills_the_process(gunicorn):
    assert gunicorn["graceful_timeout"] < KILL_DELAY_SECONDS
    assert RENDER["services"][0]["maxShutdownDelaySeconds"] >= KILL_DELAY_SECONDS
    assert COMPOSE["services"]["web"]["stop_grace_period"] == f"{KILL_DELAY_SECONDS}s"


def test_a_running_attempt_to_send_can_finish_before_a_platform_kills_the_worker():
    assert TIMEOUT_SECONDS < worker_process.STOP_SECONDS < KILL_DELAY_SECONDS
    assert RENDER["services"][1]["maxShutdownDelaySeconds"] >= KILL_DELAY_SECONDS
    assert COMPOSE["services"]["worker"]["stop_grace_period"] == f"{KILL_DELAY_SECONDS}s"
    unit = (ROOT / "deploy/systemd/inventory-worker.service").read_text()
    assert f"TimeoutStopSec={KILL_DELAY_SECONDS}\n" in unit


def test_gunicorn_serves_the_application_on_all_interfaces(gunicorn):
    assert (gunicorn["wsgi_app"], gunicorn["bind"]) == ("inventory_api.wsgi", "0.0.0.0:8000")
    assert any(port.endswith(":8000") for port in COMPOSE["services"]["web"]["ports"])


# --- A server with nginx and systemd ----------------------------------------------------------------------

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
NGINX = (ROOT / "deploy/nginx.conf").read_text()
PAGE = (ROOT / "docs/deploying.md").read_text()


def test_nginx_forwards_the_headers_that_the_service_needs(gunicorn):
    set_headers = dict(re.findall(r"^ +proxy_set_header (\S+) (.+);$", NGINX, re.M))
    assert set_headers == {
        "Connection": '""',
        "Host": "$http_host",
        "X-Forwarded-For": "$proxy_add_x_forwarded_for",
        "X-Forwarded-Proto": "$scheme",
    }
    assert f"client_max_body_size {settings.MAX_IMPORT_BYTES >> 20}m;" in NGINX
    assert int(re.search(r"^ +keepalive_timeout (\d+)s;", NGINX, re.M)[1]) < gunicorn["keepalive"]
    assert "buffering off" not in NGINX


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed; CI tests this in its job `deploy`")
def test_nginx_accepts_the_configuration(tmp_path):
    """The test checks the configuration with a new certificate and free ports."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout privkey.pem -out fullchain.pem"
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    text = re.sub(r"/etc/letsencrypt/live/[\w.]+", str(tmp_path), NGINX).replace("listen [::]:", "#")
    for port in ("80;", "443 ssl;"):
        text = text.replace(f"listen {port}", f"listen {find_free_port()}{port.lstrip('0123456789')}")
    (tmp_path / "site.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in kinds)  # the default folders belong to root
    whole = f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    command = ["nginx", "-t", "-e", f"{tmp_path}/error.log", "-p", str(tmp_path), "-c", f"{tmp_path}/nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "is successful" in done.stderr) == (0, True), done.stderr


def test_the_units_run_existing_commands_in_the_virtual_environment():
    commands = [line for unit in UNITS for line in re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.M)]
    assert len(commands) == 4
    assert all(command.startswith("/srv/inventory/.venv/bin/python ") for command in commands)
    assert "-m gunicorn --bind 127.0.0.1:8000" in (ROOT / "deploy/systemd/inventory.service").read_text()
    named = {command.split("manage.py ")[1] for command in commands if "manage.py" in command}
    assert named <= set(get_commands())


def test_systemd_waits_longer_than_gunicorn_before_it_kills(gunicorn):
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", (ROOT / "deploy/systemd/inventory.service").read_text(), re.M)[1]
    assert gunicorn["graceful_timeout"] < int(seconds)


def test_each_timer_has_a_service_and_the_page_enables_it():
    [command] = re.findall(r"^systemctl enable --now (.+)$", PAGE, re.M)
    timers = {unit.stem for unit in UNITS if unit.suffix == ".timer"}
    assert len(timers) == 2
    assert timers < {unit.stem for unit in UNITS if unit.suffix == ".service"}
    services = {"inventory.service", "inventory-worker.service"}
    assert set(command.split()) == {*services, *(f"{timer}.timer" for timer in timers)}


def test_the_page_names_the_limits_of_the_server(gunicorn):
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "SEND_SECONDS", "STOP_SECONDS"):
        assert re.search(rf"^\| `{name}`.* \| {getattr(worker, name)} s \|", PAGE, re.M)
    assert f"| {worker.MAX_KEPT_BYTES >> 20} MiB |" in PAGE
    assert re.search(rf"^\| `MAX_HEAD_BYTES`.* \| {channel.MAX_HEAD_BYTES >> 10} KiB \|", PAGE, re.M)
    assert re.search(rf"^\| `worker_connections`.* \| {gunicorn['worker_connections']} \|", PAGE, re.M)
    assert re.search(rf"^\| `keepalive`.* \| {gunicorn['keepalive']} s \|", PAGE, re.M)


def test_the_procfile_serves_in_production_mode_over_tls(deployed):
    assert deployed.variables["HTTPS"] == "on"
    assert not {"DEBUG", "DEMO"}.intersection(deployed.variables)
    status, headers = get(deployed, "/api/docs/", **{"X-Forwarded-Proto": "https"})
    assert (status, headers["Strict-Transport-Security"].split(";")[0]) == (200, "max-age=31536000")


def test_requests_without_tls_are_redirected_except_probes(deployed):
    status, headers = get(deployed, "/api/")
    assert (status, headers["Location"]) == (301, "https://testserver/api/")
    assert [get(deployed, path, Host="10.0.0.7")[0] for path in ("/healthz", "/readyz")] == [200, 200]


@pytest.mark.long
def test_the_sign_in_tests_pass_over_http(deployed):
    """This is a short form of `make live`, which runs all tests of the API over HTTP."""
    assert live.run_tests(deployed, ["--quiet", "users/sign_in/tests/test_sign_in.py"]) == 0


def test_gunicorn_and_the_service_log_in_one_format(deployed):
    get(deployed, "/healthz")
    lines = [json.loads(line) for line in deployed.log.read_text().splitlines()]
    assert {"gunicorn.error", "inventory_api.request"} <= {line["logger"] for line in lines}
    [started] = [line["message"] for line in lines if line["message"].startswith("Inventory API")]
    assert re.fullmatch(rf"Inventory API {re.escape(__version__)}, commit ([0-9a-f]{{40}}|unknown)", started)
