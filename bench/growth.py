"""How the cost of searches grows with the book: a picture from the documents that `bench.search` wrote.

    python -m bench.growth var/bench/search-*.json --into docs/pictures/growth.svg

NiceGUI's copy of ECharts draws it, in the Chromium that the tests use; nothing is fetched from the network.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nicegui
from playwright.sync_api import Route

from tests.support.browser import launched

_WIDTH, _HEIGHT = 960, 420
_AT = "http://growth.invalid/"
"""An address at which nothing answers: this module answers every request to it."""
_ECHARTS = Path(nicegui.__file__).parent / "elements" / "echart" / "dist"
_PAGE = """<!doctype html><meta charset="utf-8"><script type="module">
import { echarts } from "./index.js";
const size = { renderer: "svg", ssr: true, width: %d, height: %d };
const chart = echarts.init(null, null, size);
const options = %s;
const short = (value) => value >= 1e6 ? value / 1e6 + " M" : value >= 1e3 ? value / 1e3 + " k" : String(value);
for (const axis of options.xAxis) axis.axisLabel.formatter = short;
const time = (value) => value >= 1000 ? value / 1000 + " s" : value + " ms";
for (const axis of options.yAxis) axis.axisLabel.formatter = time;
chart.setOption(options);
window.picture = chart.renderToSVGString();
</script>"""
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_LINES = (
    ("This desk, half of all searches", "ours", "p50", "#1264a3", "solid"),
    ("This desk, 99 %", "ours", "p99", "#1264a3", "dashed"),
    ("ORM with count and OFFSET, half", "orm", "p50", "#e8912d", "solid"),
    ("ORM with count and OFFSET, 99 %", "orm", "p99", "#e8912d", "dashed"),
)


def options_of(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """ECharts' options, a panel for each database with both axes logarithmic, from the documents of bench.search."""
    kinds = [kind for kind in _NAMES if any(kind in document for document in documents)]
    share = 100 / len(kinds)
    sizes = [document["orders"] for document in documents]
    costs = [
        document[kind][side][figure]
        for document in documents
        for kind in kinds
        if kind in document
        for _, side, figure, _, _ in _LINES
    ]
    lowest, highest = 10.0 ** math.floor(math.log10(min(costs))), 10.0 ** math.ceil(math.log10(max(costs)))
    panels = range(len(kinds))
    return {
        "animation": False,
        "backgroundColor": "#ffffff",
        "legend": {"bottom": 0, "itemWidth": 36, "textStyle": {"fontSize": 13}},
        "title": [
            {"text": _NAMES[kind], "left": f"{share * (place + 0.5)}%", "textAlign": "center", "top": 6}
            for place, kind in enumerate(kinds)
        ],
        "grid": [
            {"left": f"{share * place + 6}%", "width": f"{share - 8}%", "top": 56, "bottom": 92} for place in panels
        ],
        "xAxis": [{**_axis("orders", place, min(sizes), max(sizes)), **_BELOW} for place in panels],
        "yAxis": [_axis("a page with its count", place, lowest, highest) for place in panels],
        "series": [
            _line(line, place, [(one["orders"], one[kind][line[1]][line[2]]) for one in documents if kind in one])
            for place, kind in enumerate(kinds)
            for line in _LINES
        ],
    }


_BELOW = {"nameLocation": "middle", "nameGap": 26}


def _axis(name: str, panel: int, least: float, most: float) -> dict[str, Any]:
    style = {"fontSize": 12}
    return {"type": "log", "name": name, "gridIndex": panel, "min": least, "max": most, "axisLabel": style}


def _line(line: tuple[str, ...], panel: int, points: list[tuple[int, float]]) -> dict[str, Any]:
    name, _, _, colour, dashes = line
    return {
        "type": "line",
        "name": name,
        "xAxisIndex": panel,
        "yAxisIndex": panel,
        "symbolSize": 7,
        "data": points,
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "type": dashes, "width": 2},
    }


def draw(options: dict[str, Any]) -> str:
    """The picture as SVG."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(_AT)
        if name:
            route.fulfill(path=_ECHARTS / Path(name).name, content_type="text/javascript")
        else:
            route.fulfill(body=_PAGE % (_WIDTH, _HEIGHT, json.dumps(options)), content_type="text/html")

    with launched() as browser:
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(_AT)
        page.wait_for_function("window.picture")
        return str(page.evaluate("window.picture"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="+", type=Path, help="documents that bench.search wrote, of several sizes")
    parser.add_argument("--into", type=Path, default=Path("docs/pictures/growth.svg"))
    asked = parser.parse_args()
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in asked.documents]
    documents.sort(key=lambda document: int(document["orders"]))
    asked.into.write_text(draw(options_of(documents)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
