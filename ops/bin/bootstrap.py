"""Create `.venv` with everything the project needs. This uses only the standard library.

It is quick when there is nothing to do, and safe to interrupt: the next run replaces an incomplete environment.
`bootstrap.py run` installs what `make run` needs, to which `bootstrap.py` adds what the tests need. `bootstrap.py
service` is for servers: it installs only `requirements.txt`, and keeps an existing environment.

Packages are installed by uv, which is several times as fast as pip: by the one that is available, or by one that pip
installs into `.venv` for developers. If that fails, pip installs them. Only wheels are installed, so nothing is
compiled.
"""

import fcntl
import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
VENV = CLONE / ".venv"
STAMP = VENV / "complete"
LOCK = CLONE / ".venv.lock"
PYTHON = VENV / "bin" / "python"
SERVICE = CLONE / "requirements.txt"
RUN = [SERVICE, CLONE / "testing/requirements/run.txt"]
REQUIREMENTS = {"run": RUN, "test": [*RUN, CLONE / "testing/requirements/dev.txt"]}
CHECK_INSTALLED = """
import ast, importlib.metadata, sys
try:
    missing = [name for name, version in ast.literal_eval(sys.argv[1]) if importlib.metadata.version(name) != version]
except importlib.metadata.PackageNotFoundError as error:
    missing = [error.name]
sys.exit(bool(missing))
"""
MIN_PYTHON = (3, 11)
MIN_FREE_MEGABYTES = 700
PROGRESS_SECONDS = 2
UV = "uv==0.13.9"
WHEELS_ONLY = "--only-binary=:all:"
PIP_ADDRESSES = ("index-url", "find-links", "no-index")  # uv does not read these settings of pip


def main(purpose: str = "test") -> None:
    exit_if(find_python_problem())
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if purpose == "service":
            if not can_serve():
                install_service()
        elif not is_complete(purpose):
            create(purpose)


def exit_if(reason: str) -> None:
    if reason:
        sys.exit(reason)


def find_python_problem() -> str:
    """Return why this Python can't be used, or an empty text if it can."""
    if sys.version_info < MIN_PYTHON:
        return f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: try make PYTHON=python3.12 run."
    return ""


def find_venv_problem() -> str:
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        return "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)."
    return ""


def find_disk_problem() -> str:
    if count_free_megabytes() < MIN_FREE_MEGABYTES:
        return f"The disk is full: {MIN_FREE_MEGABYTES} MB are needed for the packages and the database."
    return ""


def count_free_megabytes() -> int:
    return shutil.disk_usage(CLONE).free // 2**20


def is_complete(purpose: str) -> bool:
    """Return whether everything for this purpose is installed, for this interpreter and this folder."""
    return STAMP.exists() and compute_fingerprint(purpose) in STAMP.read_text().split()


def can_serve() -> bool:
    """Return whether `.venv` has every package of requirements.txt in its pinned version, whoever created it."""
    if not PYTHON.exists():
        return False
    pins = [line.split("==") for line in SERVICE.read_text().splitlines() if "==" in line]
    pinned = [(name.split("[")[0].strip(), version.strip()) for name, version in pins]
    return subprocess.run([str(PYTHON), "-c", CHECK_INSTALLED, repr(pinned)], check=False).returncode == 0  # noqa: S603


def compute_fingerprint(purpose: str) -> str:
    """Return a hash of the requirements, the interpreter and the folder, because an environment can't be moved."""
    parts = [sys.version, str(CLONE), *(file.read_text() for file in REQUIREMENTS[purpose])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def create(purpose: str) -> None:
    """Create the environment, or add the packages for tests to that of `make run`. It replaces an incomplete one."""
    exit_if(find_disk_problem())
    uv = find_uv()
    print("Installing the packages into .venv: once, half a minute to three, mostly the download ...", flush=True)
    if not is_complete("run"):
        create_venv(uv, "--clear")
    # pip compiles all modules one by one, which takes longer than to compile those that are used at their first import.
    install(uv or add_uv(), REQUIREMENTS[purpose][-1], "--no-compile")
    STAMP.write_text("\n".join(map(compute_fingerprint, {"run", purpose})))


def install_service() -> None:
    """Install missing packages into the existing environment, or into a new one."""
    exit_if(find_disk_problem())
    uv = find_uv()
    print("Installing the service's packages into .venv ...", flush=True)
    if not PYTHON.exists():
        create_venv(uv)
    install(uv, SERVICE)


def find_uv() -> list[str]:
    """Return the command of uv. It is empty if there is none, or if pip has package addresses that uv would not use."""
    if program := shutil.which("uv"):
        uv = [program]
    elif importlib.util.find_spec("uv"):
        uv = [sys.executable, "-m", "uv"]
    else:
        return []
    return [] if has_pip_addresses() else uv


def add_uv() -> list[str]:
    """Install uv into the environment, and return its command. It is empty if that fails, or if uv can't be used."""
    if has_pip_addresses() or run("Getting uv", *list_pip_install(), WHEELS_ONLY, UV):
        return []
    return [str(PYTHON), "-m", "uv"]


def has_pip_addresses() -> bool:
    """Return whether pip is configured to use other package addresses than its default."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return any(name in line.partition("=")[0] for line in listed.splitlines() for name in PIP_ADDRESSES)


def create_venv(uv: list[str], *options: str) -> None:
    """Create the environment, with pip in it."""
    step = "Creating the environment"
    if uv and not run(step, *uv, "venv", "--quiet", "--seed", "--python", sys.executable, *options, str(VENV)):
        return
    exit_if(find_venv_problem())
    run_step("The virtual environment can't be created", step, sys.executable, "-m", "venv", *options, str(VENV))


def install(uv: list[str], requirements: Path, *pip_options: str) -> None:
    """Install the packages. If uv fails, pip installs them, or describes the failure."""
    options, pip = [WHEELS_ONLY, "-r", str(requirements)], [*list_pip_install(), *pip_options]
    compiled = ["--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    if uv and not run("Downloading and unpacking with uv", *uv, "pip", "install", *compiled, *options):
        return
    run_step("The packages can't be installed", "Downloading and unpacking with pip", *pip, *options)


def list_pip_install() -> list[str]:
    return [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def run_step(failure: str, step: str, *command: str) -> None:
    """Run the command. If it fails, exit with this description and the last line of the error."""
    error = run(step, *command)
    exit_if(error and f"{failure}: {error}")


def run(step: str, *command: str) -> str:
    """Run the command, and show that it runs. If it fails, return the line that says why.

    A step that takes long has one line: with its seconds on a terminal, and with a dot every two seconds in a log.
    """
    started, is_terminal, end = time.monotonic(), sys.stdout.isatty(), ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        while True:
            try:
                output, errors = process.communicate(timeout=PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                seconds = f": {time.monotonic() - started:.0f} s" if is_terminal else ""
                dots = "." if end and not is_terminal else f"  {step}{seconds} ..."
                print(f"\r{dots}" if is_terminal else dots, end="", flush=True)
                end = "\n"
    print(end=end, flush=True)
    return find_error(errors or output) if process.returncode else ""


def find_error(output: str) -> str:
    """Return the last line of a failed command that begins with ERROR, or else its last line.

    Add why the last connection broke: without a network, pip's last line says that no such package was found.
    """
    lines = output.strip().splitlines() or ["no reason given"]
    errors = [line for line in lines if line.startswith("ERROR")]
    return ": ".join([(errors or lines)[-1], *re.findall("connection broken by (.*)", output)[-1:]])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next make starts again.")
