"""What processes cost, as Linux counts it in /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# Of the fields after the command's name in /proc/<pid>/stat: the parent, and four counts of ticks.
PARENT, CPU = 1, slice(11, 15)


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """The process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(stat(int(folder.name))[PARENT])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    family = [root]
    for member in family:
        family += [pid for pid, parent in parents.items() if parent == member]
    return family


def cpu_seconds(root: int) -> float:
    """CPU time of the process and its descendants so far, those that have ended among them."""
    ticks = 0
    for pid in tree(root):
        try:
            ticks += sum(map(int, stat(pid)[CPU]))
        except (FileNotFoundError, ProcessLookupError):
            continue  # its time is its parent's from now on
    return ticks / TICKS


def peak_megabytes(pid: int) -> float:
    """The most memory that the process has held, since it started or since `forget_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [peak] = [line for line in lines if line.startswith("VmHWM")]
    return int(peak.split()[1]) / 1024


def forget_peak(pid: int) -> None:
    """The peak is what it holds now, from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
