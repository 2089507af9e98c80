"""`python -m testing.laws.street`: draw which app imports which, from the imports, as docs/apps.svg.

Each app has a row and a column, in the order of `inventory_api/app_order.py`, the highest first. A dot in the row of an
app says that it imports that of the column. Right of the diagonal are apps below. Left of it are apps above, which only
layers above the services import.
"""

import tomllib
from pathlib import Path

import grimp

from inventory_api.app_order import ORDER
from testing.laws.layers import PROJECT, list_imports, read_law

PICTURE = Path(__file__).parents[2] / "docs" / "apps.svg"
CELL, NAMES, TOP = 22, 210, 34  # pixels: side of a cell, width of the names, height of the numbers above the columns
BELOW, ABOVE, ITSELF = "#2563eb", "#d97706", "#e2e8f0"
STYLE = "text { font: 13px sans-serif; fill: #1f2937; } .number { font-size: 11px; text-anchor: middle; }"


def find_crossings() -> set[tuple[str, str]]:
    """Return each pair of apps of which the first imports the second."""
    packages = tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["root_packages"]
    graph, law = grimp.build_graph(*packages), read_law()
    pairs = list_imports(graph)
    found = {(law.find_app(one), law.find_app(other)) for one, other in pairs if not law.is_outside(one)}
    return {(one, other) for one, other in found if one != other}


def draw(crossings: set[tuple[str, str]]) -> str:
    """Return an SVG picture of these pairs of apps."""
    apps = ORDER[::-1]
    width, height = NAMES + CELL * len(apps) + 10, TOP + CELL * len(apps) + 10
    shapes = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for row, app in enumerate(apps):
        y = TOP + CELL * row
        shapes.append(f'<text x="10" y="{y + 16}">{row + 1} {app}</text>')
        shapes.append(f'<text class="number" x="{NAMES + CELL * row + CELL // 2}" y="{TOP - 10}">{row + 1}</text>')
        shapes.append(f'<path d="M0 {y}H{width}" stroke="{ITSELF}"/>')
        shapes.append(f'<rect x="{NAMES + CELL * row}" y="{y}" width="{CELL}" height="{CELL}" fill="{ITSELF}"/>')
        for column, other in enumerate(apps):
            if (app, other) in crossings:
                x, color = NAMES + CELL * column + CELL // 2, BELOW if column > row else ABOVE
                shapes.append(f'<circle cx="{x}" cy="{y + CELL // 2}" r="6" fill="{color}"/>')
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", *shapes, "</svg>", ""]
    )


def main() -> None:
    PICTURE.write_text(draw(find_crossings()))


if __name__ == "__main__":
    main()
