"""Print what is missing before the service can run, and how to mend it. Nothing is installed or changed.

This uses only the standard library. The checks that need the packages are in ops/doctor.py.
"""

import subprocess
import sys

import bootstrap  # type: ignore[import-not-found]  # it lies beside this program


def main() -> int:
    """Print all findings. Return the exit status: 1 if anything is missing."""
    findings = [
        (
            "Python",
            bootstrap.find_python_problem() or bootstrap.find_venv_problem(),
            f"This is {sys.version.split()[0]}.",
        ),
        ("disk", bootstrap.find_disk_problem(), f"{bootstrap.count_free_megabytes():,} MB are free."),
        ("packages", find_packages_problem(), "All are installed in .venv."),
    ]
    for name, problem, fact in findings:
        print(f"{'missing' if problem else 'ok':<9}{name:<12}{problem or fact}", flush=True)
    if find_packages_problem():
        print("Port, database and migrations are checked once the packages are installed.")
        return 1
    return max(any(problem for _, problem, _ in findings), check_rest())


def find_packages_problem() -> str:
    """Return that packages are missing, or an empty text if those of the service are there. Servers need no others."""
    return (
        ""
        if bootstrap.is_complete("run") or bootstrap.can_serve()
        else "Not all are installed: make run installs them, or make setup alone."
    )


def check_rest() -> int:
    """Run the checks that need the packages, with the Python of .venv. Return their exit status."""
    python = str(bootstrap.VENV / "bin" / "python")
    return subprocess.run([python, "-m", "ops.doctor"], cwd=bootstrap.CLONE, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
