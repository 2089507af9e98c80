"""Makes `.venv` with everything the project needs, with nothing but Python's own library.

Quick when there is nothing to do, and safe to interrupt: a half-made environment is made anew.
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
REQUIREMENTS = [CLONE / "requirements.txt", CLONE / "requirements-dev.txt"]
LEAST_PYTHON = (3, 11)
LEAST_FREE_MEGABYTES = 700


def main() -> None:
    refuse(wrong_python())
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete():
            make()


def refuse(reason: str) -> None:
    if reason:
        sys.exit(reason)


def wrong_python() -> str:
    """Why this Python will not do; empty if it will. So are the next two."""
    if sys.version_info < LEAST_PYTHON:
        return f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: say make PYTHON=python3.12 run."
    return ""


def no_venv() -> str:
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        return "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)."
    return ""


def full_disk() -> str:
    if free_megabytes() < LEAST_FREE_MEGABYTES:
        return f"The disk is full: {LEAST_FREE_MEGABYTES} MB are needed for the packages and the database."
    return ""


def free_megabytes() -> int:
    return shutil.disk_usage(CLONE).free // 2**20


def is_complete() -> bool:
    """Whether everything is installed, for this interpreter and in this place."""
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def fingerprint() -> str:
    """Changes with the requirements, the interpreter and the place: an environment can't be moved."""
    parts = [sys.version, str(CLONE), *(file.read_text() for file in REQUIREMENTS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make() -> None:
    refuse(no_venv())
    refuse(full_disk())
    print("Installing the packages into .venv (once, about half a minute) ...", flush=True)
    step("The virtual environment can't be made", sys.executable, "-m", "venv", "--clear", str(VENV))
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step("The packages can't be installed", *pip, "-r", str(REQUIREMENTS[-1]))
    STAMP.write_text(fingerprint())


def step(failure: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        errors = [line for line in lines if line.startswith("ERROR")]
        sys.exit(f"{failure}: {(errors or lines)[-1]}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next make starts this over.")
