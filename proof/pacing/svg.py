"""Charts as plain SVG, in colours that can be read on light and on dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

GREY, BLUE, ORANGE, GREEN, RED = "#7d8590", "#3b82f6", "#e07b1a", "#2da160", "#d9534f"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 52, 40
TICKS: Final = 4

Points = Sequence[tuple[float, float]]


@dataclass
class Chart:
    """One chart; x and y are in its own units."""

    title: str
    x_most: float
    y_most: float
    x_name: str = ""
    y_name: str = ""
    width: int = 720
    height: int = 300
    x_ticks: Sequence[tuple[float, str]] = ()
    y_unit: str = ""
    _drawn: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str, str]] = field(default_factory=list)

    def line(self, points: Points, colour: str, name: str = "", *, dashes: str = "") -> None:
        """Draw a line through points."""
        path = " ".join(self._at(x, y) for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
            f' stroke-linejoin="round"{dashed}/>'
        )
        self._name(name, colour, "line")

    def steps(self, values: Sequence[float], colour: str, name: str = "") -> None:
        """Draw a value for each unit of x as a filled staircase."""
        points = [(0.0, 0.0)]
        for at, value in enumerate(values):
            points += [(at, value), (at + 1, value)]
        points.append((len(values), 0.0))
        path = " ".join(self._at(x, y) for x, y in points)
        self._drawn.append(
            f'<polygon points="{path}" fill="{colour}" fill-opacity="0.22" stroke="{colour}"'
            f' stroke-width="1.5" stroke-linejoin="round"/>'
        )
        self._name(name, colour, "area")

    def band(self, low: Points, high: Points, colour: str, name: str = "", *, opacity: float = 0.2) -> None:
        """Fill what lies between two lines."""
        path = " ".join(self._at(x, y) for x, y in [*low, *reversed(high)])
        self._drawn.append(f'<polygon points="{path}" fill="{colour}" fill-opacity="{opacity}"/>')
        self._name(name, colour, "area")

    def dots(self, points: Points, colour: str, name: str = "") -> None:
        """Draw points."""
        self._drawn += [
            f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="3.2" fill="{colour}"/>'
            for x, y in points
        ]
        self._name(name, colour, "dot")

    def bar(self, at: float, width: float, value: float, colour: str, words: str = "") -> None:
        """Draw one bar, with words on it."""
        left, top = self._x(at), self._y(min(value, self.y_most))
        wide, high = self._x(at + width) - left, self._y(0) - top
        self._drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="2"'
            f' fill="{colour}" fill-opacity="0.75"/>'
        )
        if words:
            self._drawn.append(text(left + wide / 2, top - 5, words, size=11, anchor="middle"))

    def svg(self) -> str:
        """Return the picture."""
        parts = [
            self._head(),
            text(LEFT, 20, self.title, size=15, weight=600),
            *self._axes(),
            *self._drawn,
            *self._names(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _head(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}"'
            f' width="{self.width}" height="{self.height}" role="img" aria-label="{escape(self.title)}"'
            f' font-family="{FONT}">'
        )

    def _axes(self) -> list[str]:
        parts = []
        for tick in range(TICKS + 1):
            value = self.y_most * tick / TICKS
            y = self._y(value)
            parts.append(
                f'<line x1="{LEFT}" y1="{y:.1f}" x2="{self.width - RIGHT}" y2="{y:.1f}" stroke="{GREY}"'
                f' stroke-opacity="{0.7 if not tick else 0.22}"/>'
            )
            parts.append(text(LEFT - 8, y + 4, f"{value:.3g}{self.y_unit}", size=11, anchor="end"))
        parts += [
            text(self._x(x), self.height - BOTTOM + 16, name, size=11, anchor="middle")
            for x, name in self.x_ticks
        ]
        middle = (LEFT + self.width - RIGHT) / 2
        parts.append(text(middle, self.height - 6, self.x_name, size=11, anchor="middle"))
        parts.append(text(8, TOP - 10, self.y_name, size=11))
        return parts

    def _names(self) -> list[str]:
        x, parts = float(self.width - RIGHT), []
        for name, colour, form in reversed(self._legend):
            x -= 7.0 * len(name) + 30
            if form == "dot":
                mark = f'<circle cx="{x + 8}" cy="36" r="3.5" fill="{colour}"/>'
            else:
                y, high = (34.5, 3) if form == "line" else (31, 10)
                mark = f'<rect x="{x}" y="{y}" width="16" height="{high}" rx="1.5" fill="{colour}"'
                mark += ' fill-opacity="0.5"/>' if form == "area" else "/>"
            parts += [mark, text(x + 21, 40, name, size=12)]
        return parts

    def _name(self, name: str, colour: str, form: str) -> None:
        if name:
            self._legend.append((name, colour, form))

    def _at(self, x: float, y: float) -> str:
        return f"{self._x(x):.1f},{self._y(y):.1f}"

    def _x(self, x: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * x / self.x_most

    def _y(self, y: float) -> float:
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * min(y, self.y_most) / self.y_most


def text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start", weight: int = 400) -> str:
    """Return words at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{GREY}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )
