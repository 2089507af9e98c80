"""Print which tests an edit of files reaches, and why: `python -m testing.programs.why FILE …`."""

import sys

from testing.programs.changed import SHARED_REASON, explain


def main(files: list[str]) -> None:
    for file in files:
        reached = explain(file)
        print(f"{file}: {len(reached)} files of tests")
        if SHARED_REASON in reached.values():
            print(f"  {SHARED_REASON}")
            continue
        for test, reason in sorted(reached.items()):
            print(f"  {test}: {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
