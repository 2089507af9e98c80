"""The commit of the source that this process runs."""

import subprocess
from functools import cache
from pathlib import Path

UNKNOWN = "unknown"
GIT_TIMEOUT_SECONDS = 5


@cache
def find_commit(named: str, folder: Path) -> str:
    """Return the commit that the build has named, else that of the working tree in the folder, else `unknown`."""
    return named or ask_git(folder) or UNKNOWN


def ask_git(folder: Path) -> str:
    """Return the commit of the working tree in the folder. It is empty without git, or if the folder is none."""
    if not (folder / ".git").exists():
        return ""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
