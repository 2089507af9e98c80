"""The files of a PostgreSQL server with all tables of the service. Tests copy them instead of migrating a new server.

They are beside the embedded server, under a name that changes with the migrations and the requirements.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.database.embedded import place, server

PREFIX = "migrated-"


def find_files(home: Path) -> Path:
    """Return the folder, which may not exist yet."""
    sources = [place.CLONE / "requirements.txt", *sorted(place.CLONE.glob("[!.]*/**/migrations/*.py"))]
    return home / f"{PREFIX}{hashlib.sha256(b''.join(file.read_bytes() for file in sources)).hexdigest()[:12]}"


def start_server(files: Path, variables: dict[str, str]) -> None:
    """Start the server of the present home with a copy of these files.

    If they do not exist, they are made first. `variables` is the environment of the service, which migrates the
    database.
    """
    with lock(files.parent):
        if files.exists():
            place.make_private(place.home())
            copy(files, place.data_folder())
        else:
            server.ensure_running()
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=place.CLONE, env=variables, check=True)
            server.stop()
            for outdated in files.parent.glob(f"{PREFIX}*"):
                shutil.rmtree(outdated)
            copy(place.data_folder(), files)
    server.ensure_running()


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Let one process at a time make or copy the files."""
    place.make_private(home)
    with (home / "migrated.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owner. The copy has another name until it is complete."""
    unfinished = target.with_name("unfinished-copy")
    shutil.rmtree(unfinished, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(unfinished)], check=True)
    unfinished.rename(target)
