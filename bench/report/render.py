"""results.json to a page with plots and to a table: no network, no library.

A benchmark's name reads family/word/…/key:number/…; a chart is drawn for each
family whose names have a number, the first number along the x axis, one line a
combination of the rest.
"""

import collections
import html as html_text
import math

COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2",
           "#be185d", "#4d7c0f")


def cases(report):
    """(family, series, x, median, low, high, unit, label), in the order run."""
    for program in report["programs"].values():
        runs = collections.OrderedDict()
        for b in program["results"]["benchmarks"]:
            if b.get("run_type") == "iteration" and not b.get("error_occurred"):
                runs.setdefault(b["run_name"], []).append(b)
        for name, repetitions in runs.items():
            parts = name.split("/")
            x, rest = None, []
            for part in parts[1:]:
                key, _, number = part.partition(":")
                if x is None and number.isdigit():
                    x = (key, int(number))
                elif key not in ("real_time", "process_time"):
                    rest.append(part)
            rates = [b.get("items_per_second") for b in repetitions]
            if all(rates):
                values, unit = sorted(rates), "items/s"
            else:
                scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
                values = sorted(b["real_time"] * scale[b["time_unit"]]
                                for b in repetitions)
                unit = "s"
            middle = len(values) // 2
            median = (values[middle] if len(values) % 2 else
                      (values[middle - 1] + values[middle]) / 2)
            yield (parts[0], "/".join(rest) or "all", x, median, values[0],
                   values[-1], unit, repetitions[0].get("label", ""))


def number(value):
    if value == 0:
        return "0"
    for limit, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1, " "),
                          (1e-3, " m"), (1e-6, " µ"), (1e-9, " n")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g} "


def markdown(report):
    e = report["envelope"]
    lines = ["# Benchmarks", "",
             f"{e['cpu']['model']}, {e['cpu']['processors']} processors, "
             f"{e['compiler']} {e['flags']}, commit {e['commit'][:12]}"
             f"{' with changes' if e['dirty'] else ''}, {e['date']}.", "",
             "Median, smallest and largest of the repetitions. Absolute values "
             "are information; compare rows of one run.", "",
             "| benchmark | case | x | median | min | max | unit | target |",
             "|---|---|---|---|---|---|---|---|"]
    for family, series, x, median, low, high, unit, label in cases(report):
        at = f"{x[0]} {x[1]:,}" if x else ""
        lines.append(f"| {family} | {series} | {at} | {number(median)} | "
                     f"{number(low)} | {number(high)} | {unit} | {label} |")
    lines += ["", "Made by:", ""]
    lines += [f"    {p['command']}" for p in report["programs"].values()]
    return "\n".join(lines) + "\n"


def chart(family, points, unit):
    """Log-log lines with a bar from the smallest to the largest value."""
    width, height, left, right, top, bottom = 720, 300, 74, 190, 14, 44
    xs = [p[1] for p in points]
    ys = [v for p in points for v in p[2:5]]
    log = math.log10
    x0, x1 = log(max(min(xs), 1)), log(max(xs))
    y0, y1 = log(min(ys)), log(max(ys))
    x1, y1 = max(x1, x0 + 0.3), max(y1, y0 + 0.3)
    y0, y1 = y0 - 0.1, y1 + 0.1

    def px(value):
        return left + (log(max(value, 1)) - x0) / (x1 - x0) * (
            width - left - right)

    def py(value):
        return height - bottom - (log(value) - y0) / (y1 - y0) * (
            height - top - bottom)

    svg = [f'<svg viewBox="0 0 {width} {height}" role="img">']
    for exponent in range(math.ceil(y0), math.floor(y1) + 1):
        y = py(10 ** exponent)
        svg.append(f'<line class="grid" x1="{left}" x2="{width - right}" '
                   f'y1="{y:.1f}" y2="{y:.1f}"/><text x="{left - 8}" '
                   f'y="{y + 4:.1f}" text-anchor="end">'
                   f'{number(10 ** exponent)}{unit}</text>')
    for value in sorted(set(xs)):
        svg.append(f'<text x="{px(value):.1f}" y="{height - bottom + 18}" '
                   f'text-anchor="middle">{number(value)}</text>')
    svg.append(f'<text x="{(left + width - right) / 2}" y="{height - 6}" '
               f'text-anchor="middle">{points[0][5]} (log)</text>')
    by_series = collections.OrderedDict()
    for point in points:
        by_series.setdefault(point[0], []).append(point)
    for i, (series, line) in enumerate(by_series.items()):
        colour = COLOURS[i % len(COLOURS)]
        line.sort(key=lambda p: p[1])
        path = " ".join(f"{px(p[1]):.1f},{py(p[2]):.1f}" for p in line)
        svg.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        for p in line:
            svg.append(f'<line x1="{px(p[1]):.1f}" x2="{px(p[1]):.1f}" '
                       f'y1="{py(p[3]):.1f}" y2="{py(p[4]):.1f}" '
                       f'stroke="{colour}"/><circle cx="{px(p[1]):.1f}" '
                       f'cy="{py(p[2]):.1f}" r="3" fill="{colour}"/>')
        svg.append(f'<text x="{width - right + 10}" y="{top + 12 + 16 * i}" '
                   f'fill="{colour}" style="fill:{colour}">'
                   f'{html_text.escape(series)}</text>')
    return "\n".join(svg + ["</svg>"])


STYLE = """
:root { color-scheme: light dark; --ink: #1f2937; --page: #fff; --rule: #d1d5db }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --page: #111827; --rule: #374151 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
svg { width: 100%; height: auto } svg text { font-size: 11px; fill: var(--ink) }
.grid { stroke: var(--rule) } code { font-size: 85% }
table { border-collapse: collapse; font-size: 13px } td, th { text-align: left;
  padding: 2px 10px; border-bottom: 1px solid var(--rule) }
"""


def html(report):
    e = report["envelope"]
    families = collections.OrderedDict()
    rows = []
    for family, series, x, median, low, high, unit, label in cases(report):
        if x:
            name = f"{series} ({label})" if label and label not in series else series
            families.setdefault((family, unit), []).append(
                (name, x[1], median, low, high, x[0]))
        rows.append("<tr>" + "".join(
            f"<td>{html_text.escape(str(cell))}</td>" for cell in
            (family, series, f"{x[0]} {x[1]:,}" if x else "", number(median),
             number(low), number(high), unit, label)) + "</tr>")
    page = ["<!doctype html><html lang=en><meta charset=utf-8>"
            "<title>hashvet benchmarks</title><style>", STYLE, "</style>",
            "<h1>hashvet benchmarks</h1><p>",
            html_text.escape(
                f"{e['cpu']['model']}, {e['cpu']['processors']} processors, "
                f"{e['compiler']} {e['flags']}, commit {e['commit'][:12]}"
                f"{' with changes' if e['dirty'] else ''}, {e['date']}."),
            "</p><p>Points are medians, bars reach from the smallest to the "
            "largest repetition, both axes are logarithmic. Absolute values are "
            "information; compare lines of one run.</p>"]
    for (family, unit), points in families.items():
        page += [f"<h2>{html_text.escape(family)}</h2>",
                 chart(family, points, unit)]
    page += ["<h2>All figures</h2><table><tr><th>benchmark<th>case<th>x<th>"
             "median<th>min<th>max<th>unit<th>target</tr>", *rows,
             "</table><h2>Made by</h2><pre>",
             html_text.escape("\n".join(p["command"] for p in
                                        report["programs"].values())),
             "</pre></html>"]
    return "\n".join(page)
