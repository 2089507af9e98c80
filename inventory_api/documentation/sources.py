"""The Markdown files that are pages, the pictures beside them, and the targets of links in the files."""

import posixpath
from functools import cache
from typing import NamedTuple

from django.conf import settings

FOLDER = "docs"
README = "README.md"  # the index of its folder
INDEX = f"{FOLDER}/{README}"
FILES_OUTSIDE = {"README.md": "readme/", "CHANGELOG.md": "changelog/", "SECURITY.md": "security/"}
PICTURE_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


class LinkTarget(NamedTuple):
    """The target of a link: an address, or a file of the repository that is not a page."""

    address: str
    file: str


@cache
def find_sources() -> dict[str, str]:
    """Return the address below /docs/ of each Markdown file, by its path in the repository."""
    files = sorted((settings.BASE_DIR / FOLDER).rglob("*.md"))
    paths = [file.relative_to(settings.BASE_DIR).as_posix() for file in files]
    return {path: find_page_address(path.removeprefix(f"{FOLDER}/")) for path in paths} | FILES_OUTSIDE


def find_page_address(path: str) -> str:
    """Return the address below /docs/ of a file in docs/. A folder's README has the address of the folder."""
    folder, name = posixpath.split(path)
    return f"{folder}/".lstrip("/") if name == README else f"{path.removesuffix('.md')}/"


@cache
def find_pictures() -> frozenset[str]:
    folder = settings.BASE_DIR / FOLDER
    return frozenset(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.suffix in PICTURE_TYPES)


def read_source(path: str) -> str:
    return (settings.BASE_DIR / path).read_text(encoding="utf-8")


def resolve_link(link: str, source: str) -> LinkTarget:
    """Return the target of a link in the file `source`. Links are relative to the file's folder."""
    path, mark, anchor = link.partition("#")
    if not path or path.startswith(("/", "https://", "http://", "mailto:")):
        return LinkTarget(link, "")
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if file.startswith(FOLDER) and f"{file}/{README}" in find_sources():
        file = f"{file}/{README}"
    if file in find_sources():
        return LinkTarget(f"/docs/{find_sources()[file]}{mark}{anchor}", "")
    if file.removeprefix(f"{FOLDER}/") in find_pictures():
        return LinkTarget(f"/{file}", "")
    return LinkTarget("", file)
