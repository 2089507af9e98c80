"""Makes `.venv` with everything the project needs, with nothing but Python's own library.

Quick when there is nothing to do, and safe to interrupt: a half-made environment is made anew. `bootstrap.py service`
is for servers: it installs what the service needs, `requirements.txt` alone, and keeps an environment that is there.
"""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
STAMP = VENV / "complete"
LOCK = CLONE / ".venv.lock"
PYTHON = VENV / "bin" / "python"
SERVICE = CLONE / "requirements.txt"
REQUIREMENTS = [SERVICE, CLONE / "requirements-dev.txt"]
ARE_THERE = """
import ast, importlib.metadata, sys
try:
    missing = [name for name, version in ast.literal_eval(sys.argv[1]) if importlib.metadata.version(name) != version]
except importlib.metadata.PackageNotFoundError as error:
    missing = [error.name]
sys.exit(bool(missing))
"""
MIN_PYTHON = (3, 11)
MIN_FREE_MEGABYTES = 700


def main(of_service: bool = False) -> None:
    refuse(wrong_python())
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if of_service and not can_serve():
            make_service()
        elif not of_service and not is_complete():
            make()


def refuse(reason: str) -> None:
    if reason:
        sys.exit(reason)


def wrong_python() -> str:
    """Why this Python will not do; empty if it will. So are the next two."""
    if sys.version_info < MIN_PYTHON:
        return f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: say make PYTHON=python3.12 run."
    return ""


def no_venv() -> str:
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        return "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)."
    return ""


def full_disk() -> str:
    if free_megabytes() < MIN_FREE_MEGABYTES:
        return f"The disk is full: {MIN_FREE_MEGABYTES} MB are needed for the packages and the database."
    return ""


def free_megabytes() -> int:
    return shutil.disk_usage(CLONE).free // 2**20


def is_complete() -> bool:
    """Whether everything is installed, for this interpreter and in this place."""
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def can_serve() -> bool:
    """Return whether `.venv` has every package of requirements.txt in its version, however it was made."""
    if not PYTHON.exists():
        return False
    pins = [line.split("==") for line in SERVICE.read_text().splitlines() if "==" in line]
    wanted = [(name.split("[")[0].strip(), version.strip()) for name, version in pins]
    return subprocess.run([str(PYTHON), "-c", ARE_THERE, repr(wanted)], check=False).returncode == 0  # noqa: S603


def fingerprint() -> str:
    """Changes with the requirements, the interpreter and the place: an environment can't be moved."""
    parts = [sys.version, str(CLONE), *(file.read_text() for file in REQUIREMENTS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make() -> None:
    refuse(no_venv())
    refuse(full_disk())
    print("Installing the packages into .venv (once, about half a minute) ...", flush=True)
    step("The virtual environment can't be made", sys.executable, "-m", "venv", "--clear", str(VENV))
    install(REQUIREMENTS[-1])
    STAMP.write_text(fingerprint())


def make_service() -> None:
    """Install what is missing into the environment that is there, or into a new one."""
    refuse(full_disk())
    print("Installing the service's packages into .venv ...", flush=True)
    if not PYTHON.exists():
        refuse(no_venv())
        step("The virtual environment can't be made", sys.executable, "-m", "venv", str(VENV))
    install(SERVICE)


def install(requirements: Path) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step("The packages can't be installed", *pip, "-r", str(requirements))


def step(failure: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        errors = [line for line in lines if line.startswith("ERROR")]
        sys.exit(f"{failure}: {(errors or lines)[-1]}")


if __name__ == "__main__":
    try:
        main(of_service=sys.argv[1:] == ["service"])
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next make starts this over.")
