"""Says what is missing before the product can run, and what to do about it. Installs and changes nothing.

With nothing but Python's own library; what needs the packages, ops.doctor says.
"""

import subprocess
import sys

import bootstrap


def main() -> int:
    """The exit status: 1 if anything is missing."""
    findings = [
        ("Python", bootstrap.wrong_python() or bootstrap.no_venv(), f"{sys.version.split()[0]} will do."),
        ("disk", bootstrap.full_disk(), f"{bootstrap.free_megabytes():,} MB are free."),
        ("packages", packages(), "All are installed in .venv."),
    ]
    for name, missing, there in findings:
        print(f"{'missing' if missing else 'ok':<9}{name:<12}{missing or there}", flush=True)
    if packages():
        print("Port, database and migrations are looked at once the packages are there.")
        return 1
    return max(any(missing for _, missing, _ in findings), rest())


def packages() -> str:
    """Return why they have to be installed; empty if the service's are there, which is all that a server needs."""
    return (
        ""
        if bootstrap.is_complete() or bootstrap.can_serve()
        else "Not all is installed: make run does it, or make setup alone."
    )


def rest() -> int:
    """The exit status of what the packages' own Python finds."""
    python = str(bootstrap.VENV / "bin" / "python")
    return subprocess.run([python, "-m", "ops.doctor"], cwd=bootstrap.CLONE, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
