"""The Markdown files that are pages, the pictures beside them, and where a link in a file leads."""

import posixpath
from functools import cache
from typing import NamedTuple

from django.conf import settings

FOLDER, DECISIONS = "docs", "docs/decisions"
INDEX = "docs/README.md"
FILES_OUTSIDE = {"README.md": "readme/", "CHANGELOG.md": "changelog/", "SECURITY.md": "security/"}
PICTURE_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


class Target(NamedTuple):
    """Where a link leads: an address, or a file of the repository that is not a page."""

    address: str
    file: str


@cache
def find_sources() -> dict[str, str]:
    """Return the address below /docs/ of each Markdown file, by its path in the repository."""
    files = sorted((settings.BASE_DIR / FOLDER).rglob("*.md"))
    paths = [file.relative_to(settings.BASE_DIR).as_posix() for file in files]
    addresses = {path: f"{path.removeprefix(f'{FOLDER}/').removesuffix('.md')}/" for path in paths}
    return addresses | FILES_OUTSIDE | {INDEX: "", DECISIONS: "decisions/"}


@cache
def find_pictures() -> frozenset[str]:
    """Return the paths below docs/ of all pictures."""
    folder = settings.BASE_DIR / FOLDER
    return frozenset(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.suffix in PICTURE_TYPES)


def read_source(path: str) -> str:
    """Return the Markdown of a page. The folder of decisions has no file: its page lists them."""
    if path != DECISIONS:
        return (settings.BASE_DIR / path).read_text(encoding="utf-8")
    names = [posixpath.basename(source) for source in find_sources() if source.startswith(f"{DECISIONS}/")]
    titles = [read_source(f"{DECISIONS}/{name}").splitlines()[0].removeprefix("# ") for name in names]
    items = [f"- [{title}]({name})" for title, name in zip(titles, names, strict=True)]
    return "\n".join(["# Decisions", "", "The design decisions and their reasons.", "", *items])


def resolve_link(link: str, source: str) -> Target:
    """Return where the link leads that the file `source` contains. Links are relative to the file's folder."""
    path, mark, anchor = link.partition("#")
    if not path or path.startswith(("/", "https://", "http://", "mailto:")):
        return Target(link, "")
    folder = source if source == DECISIONS else posixpath.dirname(source)
    file = posixpath.normpath(posixpath.join(folder, path))
    if file == FOLDER:
        file = INDEX
    if file in find_sources():
        return Target(f"/docs/{find_sources()[file]}{mark}{anchor}", "")
    if file.removeprefix(f"{FOLDER}/") in find_pictures():
        return Target(f"/{file}", "")
    return Target("", file)
