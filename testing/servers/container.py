"""Build the image and run the commands of `compose.yaml` in it, without a daemon: `make container`.

buildah builds the image and runs commands in it, isolated by chroot alone, so that this works as root where no Docker
can run, for instance in another container. The services of our image share one container with its folder `exports`, and
use the network of this machine. The images of others, such as that of `db`, are not run: the database is the embedded
PostgreSQL. If no registry sends the image that the Dockerfile begins with, packages of Debian replace it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from core.database.embedded import place
from testing.servers import cluster, serving
from testing.servers.cluster import Cluster
from testing.servers.grounds import MissingProgramError

IMAGE = "inventory-api"
SERVICES = yaml.safe_load((place.CLONE / "compose.yaml").read_text())["services"]
SETTINGS = {  # of .env
    "SECRET_KEY": "of-a-container-that-lives-for-a-minute-only-and-signs-tokens",
    "ALLOWED_HOSTS": "127.0.0.1",
    "DB_PASSWORD": serving.PASSWORD,
    "DB_HOST": "127.0.0.1",
}
CERTIFICATES = Path("/etc/ssl/certs")
DEBIAN_PACKAGES = "ca-certificates,python3,python3-pip"
IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WAIT_SECONDS = STOP_SECONDS = 60
PAUSE_SECONDS = 0.2
BACKUP = re.compile(r"^docker compose exec -T db (pg_\w+ .*) [<>] \S+$", re.M)


class Buildah:
    """The program buildah, with images and containers in a folder."""

    def __init__(self, folder: Path) -> None:
        program = cluster.find_program("buildah", "on Debian: apt install buildah")
        if os.geteuid() != 0:
            raise MissingProgramError("it needs root.")
        self.folder = folder
        folders = ["--root", str(folder / "images"), "--runroot", str(folder / "run")]
        self.command = [program, *folders, "--storage-driver", "vfs"]  # the driver overlay would leave mounts behind
        self.variables = {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *arguments: str) -> str:
        return run(*self.command, *arguments, env=self.variables).strip()

    def pull(self, image: str) -> None:
        """Get the image from a registry, or replace it if no registry sends it."""
        try:
            self("pull", "--quiet", image)
        except subprocess.CalledProcessError as error:
            reason = error.output.strip().splitlines()[-1]
            print(f"{image} can't be pulled, so packages of Debian replace it. buildah: {reason}", flush=True)
            self.replace(image)

    def replace(self, image: str) -> None:
        """Make an image of this name, with Python and pip of the same release of Debian."""
        release, debian = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-(\w+)", image).groups()  # type: ignore[union-attr]
        files = self.folder / "files"
        debootstrap = cluster.find_program("debootstrap", "on Debian: apt install debootstrap")
        run(debootstrap, "--variant=minbase", f"--include={DEBIAN_PACKAGES}", debian, str(files))
        if not (files / f"usr/bin/python{release}").exists():
            raise MissingProgramError(f"Debian {debian} has no Python {release}, and no registry sends {image}.")
        (files / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        (files / f"usr/lib/python{release}/EXTERNALLY-MANAGED").unlink()  # pip may install for all
        container = self("from", "scratch")
        self("add", "--quiet", container, str(files), "/")
        self("config", "--env", f"PATH={IMAGE_PATH}", container)
        self("commit", "--quiet", "--rm", container, image)
        shutil.rmtree(files)

    def build(self) -> None:
        """Build the image as the Dockerfile says, trusting the same certificates as this machine."""
        [base] = re.findall(r"^FROM (\S+)", (place.CLONE / "Dockerfile").read_text(), re.M)
        self.pull(base)
        trusted = ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"] if CERTIFICATES.exists() else []
        options = ["--pull-never", "--format", "docker", "--network", "host", *trusted]
        self("build", *options, "--tag", IMAGE, str(place.CLONE))


class Container:
    """A container of the image, in which the commands of the services run."""

    def __init__(self, buildah: Buildah, database: Cluster) -> None:
        self.buildah, self.port = buildah, serving.find_free_port()
        self.name = buildah("from", "--pull-never", IMAGE)
        # In compose each service has an address of its own. Here they share that of this machine with other programs.
        self.ports = {"PORT": str(self.port), "DB_PORT": str(database.port)}

    def command(self, service: str, *instead: str) -> list[str]:
        """Return the command line that runs the service's command, or another one instead, with its variables."""
        variables = {name: fill_in(text) for name, text in SERVICES[service]["environment"].items()} | self.ports
        options = [f"--env={name}={text}" for name, text in variables.items()]
        return [*self.buildah.command, "run", *options, self.name, "--", *(instead or SERVICES[service]["command"])]

    def run(self, service: str, *instead: str) -> str:
        """Run the service's command, or another one instead, to its end. Return what it has printed."""
        return run(*self.command(service, *instead), env=self.buildah.variables)

    @contextmanager
    def running(self, service: str) -> Iterator[None]:
        """Run the service's command in the background. Stop it with SIGTERM at the end, as compose does."""
        with self.log(service).open("wb") as log:
            process = subprocess.Popen(self.command(service), env=self.buildah.variables, stdout=log, stderr=log)
        try:
            yield
        finally:
            if process.poll() is None:
                os.kill(find_command(process.pid), signal.SIGTERM)
            status = process.wait(STOP_SECONDS)
        assert status == 0, f"{service} ends with {status}: {self.read_end(service)}"

    def wait_for(self, service: str, is_done: Callable[[], bool]) -> None:
        """Wait until the service has done its work. If it takes too long, raise an error with the end of its log."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, f"{service} needs more than {WAIT_SECONDS} s: {self.read_end(service)}"
            time.sleep(PAUSE_SECONDS)

    def log(self, service: str) -> Path:
        return self.buildah.folder / f"{service}.log"

    def read_end(self, service: str) -> str:
        return self.log(service).read_text(errors="replace")[-2000:]

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> bytes:
        """Send a request as the proxy does that has received it over TLS. Raise OSError unless it succeeds."""
        headers = {"Content-Type": "application/json", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=serving.RESPONSE_SECONDS) as response:  # noqa: S310, it is http
            content: bytes = response.read()
            return content

    def is_ready(self) -> bool:
        try:
            return json.loads(self.send("GET", "/readyz"))["status"] == "ok"
        except OSError:
            return False


def run(*command: str, **options: Any) -> str:
    """Run the command. Return what it has printed. Raise CalledProcessError, which contains the same, if it fails."""
    return subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    ).stdout


def find_command(process_id: int) -> int:
    """Return the id of the command's process, below this process of buildah and others.

    buildah does not pass signals on: it would end, and the command would be killed or left alone.
    """
    while "buildah" in Path(f"/proc/{process_id}/comm").read_text():
        process_id = int(run("pgrep", "--parent", str(process_id)))
    return process_id


def fill_in(text: str) -> str:
    """Return a value of compose.yaml with the variables filled in, of which .env has only SETTINGS."""

    def find(variable: re.Match[str]) -> str:
        name, is_required, rest = variable[1], variable[2] == "?", variable[3]
        return SETTINGS[name] if is_required else SETTINGS.get(name, rest)

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", find, text)


@contextmanager
def run_database(folder: Path) -> Iterator[Cluster]:
    """Run the embedded PostgreSQL with the database and the role that the image of `db` creates."""
    variables = SERVICES["db"]["environment"]
    with cluster.run_cluster(folder) as database:
        database.execute(f"CREATE ROLE {variables['POSTGRES_USER']} LOGIN SUPERUSER")
        create_database(database)
        yield database


def create_database(database: Cluster) -> None:
    variables = SERVICES["db"]["environment"]
    database.execute(f"CREATE DATABASE {variables['POSTGRES_DB']} OWNER {variables['POSTGRES_USER']}")


def check_migrate(container: Container) -> None:
    """Check that the tables are created, and that the next run has nothing to do."""
    container.run("migrate")
    assert "No migrations to apply." in container.run("migrate")


def check_web(container: Container) -> None:
    """Check that the service gets ready, and that the image's health check succeeds."""
    container.wait_for("web", container.is_ready)
    image = json.loads(container.buildah("inspect", "--type", "image", IMAGE))
    kind, *probe = image["Docker"]["config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    container.run("web", *probe)


def check_worker(container: Container) -> None:
    """Check that the worker writes an export, which the web service sends from the folder that they share."""
    credentials = {"username": "alice", "password": serving.PASSWORD}
    container.send("POST", "/api/register/", credentials)
    token = json.loads(container.send("POST", "/api/login/", credentials))["access"]
    number = json.loads(container.send("POST", "/api/account/export/", {}, token))["id"]
    path = f"/api/account/export/{number}/"
    container.wait_for("worker", lambda: json.loads(container.send("GET", path, token=token))["state"] == "ready")
    assert container.send("GET", f"{path}file/", token=token).startswith(b"PK")


CHECKS = {"migrate": check_migrate, "web": check_web, "worker": check_worker}


def read_backup_commands() -> list[list[str]]:
    """Return the commands of docs/deploying.md that write a backup and restore it, in the container of the database."""
    return [shlex.split(command) for command in BACKUP.findall((place.CLONE / "docs/deploying.md").read_text())]


def check_backup(container: Container, database: Cluster) -> None:
    """Write a backup, list what it has, and restore it into an empty database, where nothing is left to migrate."""
    dump, restore = read_backup_commands()
    file = database.folder / "shop.dump"
    file.write_bytes(run_client(database, dump))
    listed = run_client(database, ["pg_restore", "--list", str(file)])
    assert b"TABLE DATA public stock_movement " in listed
    database.execute(f"DROP DATABASE {SERVICES['db']['environment']['POSTGRES_DB']} WITH (FORCE)")
    create_database(database)
    run_client(database, restore, file.read_bytes())
    assert "No migrations to apply." in container.run("migrate")


def run_client(database: Cluster, command: list[str], sent: bytes = b"") -> bytes:
    """Run a client program of PostgreSQL against the database, as in the container of `db`. Return what it printed."""
    program, *arguments = command
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(database.port), "LC_ALL": "C"}
    command = [str(database.programs / program), *arguments]
    return subprocess.run(command, check=True, env=variables, input=sent, stdout=subprocess.PIPE).stdout


def check(folder: Path) -> None:
    """Build the image, and run every command of it. Raise an exception at the first that fails."""
    buildah = Buildah(folder)
    report("image", buildah.build)
    with run_database(folder / "server") as database:
        container = Container(buildah, database)
        with ExitStack() as running:
            for service in list_services():
                if SERVICES[service].get("restart"):
                    running.enter_context(container.running(service))
                report(service, partial(CHECKS[service], container))
        report("backup", partial(check_backup, container, database))


def list_services() -> list[str]:
    """Return the services of our image, in the order in which they start."""
    return [name for name, service in SERVICES.items() if service["image"] == IMAGE]


def report(name: str, step: Callable[[], None]) -> None:
    started = time.monotonic()
    step()
    print(f"ok  {name:<8}{time.monotonic() - started:4.0f} s", flush=True)


def main() -> int:
    """Return the exit status: 1 if a step fails. If a program is missing, print one sentence and return 0."""
    try:
        with cluster.run_folder() as folder:
            check(folder)
    except MissingProgramError as error:
        print(f"Skipped make container: {error}")
    except subprocess.CalledProcessError as error:
        print(f"{shlex.join(error.cmd)} ends with {error.returncode}:\n{error.output}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
