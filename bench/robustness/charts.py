"""One SVG of lines, without any library."""

import html as html_text
import math

COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2",
           "#be185d", "#4d7c0f")


def chart(title, x_label, y_label, series, x_max, y_max=1, log_x=False,
          width=720, height=360):
    """One SVG; series: name -> [(x, y)]."""
    left, top, right, bottom = 60, 30, 190, 45

    def at(x, y):
        if log_x:
            x = (math.log10(max(x, 1e-6)) + 6) / 6
        else:
            x = x / x_max
        return (left + x * (width - left - right),
                height - bottom - y / y_max * (height - top - bottom))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="18" font-weight="bold">'
           f'{html_text.escape(title)}</text>']
    for i in range(6):
        y = y_max * i / 5
        x0, y0 = at(0, y)
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y0:.1f}" '
                   f'y2="{y0:.1f}" stroke="#ddd"/><text x="{left - 8}" '
                   f'y="{y0 + 4:.1f}" text-anchor="end">{y:.1f}</text>')
    ticks = [10.0 ** -k for k in range(6, -1, -1)] if log_x else \
        [x_max * i / 6 for i in range(7)]
    for x in ticks:
        x0, y0 = at(x, 0)
        text = f"{x:.0e}" if log_x else f"{x:.0f}"
        out.append(f'<text x="{x0:.1f}" y="{y0 + 16:.1f}" '
                   f'text-anchor="middle">{text}</text>')
    out.append(f'<text x="{(left + width - right) / 2:.0f}" '
               f'y="{height - 8}" text-anchor="middle">'
               f'{html_text.escape(x_label)}</text>'
               f'<text x="14" y="{height / 2:.0f}" text-anchor="middle" '
               f'transform="rotate(-90 14 {height / 2:.0f})">'
               f'{html_text.escape(y_label)}</text>')
    for i, (name, points) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        dash = "" if i < len(COLOURS) else ' stroke-dasharray="5 3"'
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in
                        (at(x, y) for x, y in points))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                   f'stroke-width="1.8"{dash}/>'
                   f'<text x="{width - right + 10}" y="{top + 16 * i + 10}" '
                   f'fill="{colour}">{html_text.escape(name)}</text>')
    return "".join(out) + "</svg>"
