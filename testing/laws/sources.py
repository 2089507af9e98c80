"""The source files of the product's apps. A new app is among them as soon as `inventory_api/app_order.py` lists it."""

from pathlib import Path

from inventory_api.app_order import ORDER

ROOT = Path(__file__).parents[2]
NO_PRODUCT = {"tests", "migrations"}


def list_files(pattern: str = "**/*.py") -> list[Path]:
    """Return the files of all apps that match the pattern, below their app's folder, without tests and migrations."""
    folders = [ROOT.joinpath(*app.split(".")) for app in ORDER]
    found = {
        file
        for folder in folders
        for file in folder.glob(pattern)
        if file.is_file() and not NO_PRODUCT.intersection(file.relative_to(ROOT).parts)
    }
    return sorted(found)


def read_sources() -> dict[str, str]:
    """Return the texts of all Python files of the apps by their path from the project's root."""
    return {file.relative_to(ROOT).as_posix(): file.read_text() for file in list_files()}
