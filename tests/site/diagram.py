# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of who trusts whom, drawn from text that can be read without them.

A line without indentation is a box, an indented one a thing in it (with a note after a colon), and ``A -> B: label`` an arrow between
two things, each named by how its line begins.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

WIDTH, GAP, MARGIN, PAD = 222, 120, 6, 12
#: How many letters fit into a line, and how many bold ones.
LINE, LETTERS, BOLD = 16, 30, 24
#: The least size on small screens, where the picture is moved sideways.
SMALLEST = 0.8
ARROW = re.compile(r"(?P<source>.+?) -> (?P<target>.+?): (?P<label>.+)")


class WrongDiagram(Exception):
    """The text is no diagram."""


@dataclass
class Thing:
    """Something in a box: where it is, and the arrows that end on each of its sides."""

    name: str
    note: str
    column: int
    top: float = 0

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The class and the text of each line."""
        names = [("name", line) for line in textwrap.wrap(self.name, BOLD)]
        return names + [("note", line) for line in textwrap.wrap(self.note, LETTERS)]

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + PAD


@dataclass(frozen=True)
class Arrow:
    source: Thing
    target: Thing
    label: str


@dataclass
class Diagram:
    """What the text says."""

    boxes: list[str] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def of(self, column: int) -> list[Thing]:
        return [thing for thing in self.things if thing.column == column]

    def named(self, text: str) -> Thing:
        """The one thing whose name begins so."""
        found = [thing for thing in self.things if thing.name.startswith(text)]
        if len(found) != 1:
            raise WrongDiagram(f"{len(found)} things begin with '{text}', not one")
        return found[0]


def read(text: str) -> Diagram:
    """Raises WrongDiagram where the text is none."""
    diagram = Diagram()
    for line in filter(str.strip, text.splitlines()):
        if arrow := ARROW.fullmatch(line):
            diagram.arrows.append(Arrow(diagram.named(arrow["source"]), diagram.named(arrow["target"]), arrow["label"]))
        elif not line.startswith(" "):
            diagram.boxes.append(line)
        elif diagram.boxes:
            name, _separator, note = line.strip().partition(": ")
            diagram.things.append(Thing(name, note, len(diagram.boxes) - 1))
        else:
            raise WrongDiagram(f"'{line.strip()}' is in no box")
    if not diagram.arrows:
        raise WrongDiagram("there is no arrow")
    return diagram


def draw(text: str) -> str:
    """The diagram as SVG. Its colours are those of the page's style sheet."""
    diagram = read(text)
    bottoms = [_place(diagram, column) for column in range(len(diagram.boxes))]
    width, height = len(diagram.boxes) * (WIDTH + GAP) - GAP + 2 * MARGIN, max(bottoms) + MARGIN
    parts = [*_boxes(diagram, height - 2 * MARGIN), *_arrows(diagram), *(part for thing in diagram.things for part in _thing(thing))]
    size = f'viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}" style="min-width: {SMALLEST * width:g}px"'
    tip = '<path class="tip" d="M0 0.5 L8 4 L0 7.5 z"/>'
    marker = 'viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"'
    head = f'<title>Who trusts whom</title><desc>{escape(text)}</desc><defs><marker id="tip" {marker}>{tip}</marker></defs>'
    return f'<div class="trust" tabindex="0"><svg {size} role="img">{head}{"".join(parts)}</svg></div>'


def _left(column: int) -> float:
    return MARGIN + column * (WIDTH + GAP)


def _title(box: str) -> list[str]:
    return textwrap.wrap(box, BOLD + 2)


def _place(diagram: Diagram, column: int) -> float:
    """Puts the things of a box below each other; returns where it ends."""
    top = MARGIN + PAD + LINE * max(len(_title(box)) for box in diagram.boxes) + 6
    things = diagram.of(column)
    for thing, following in zip(things, [*things[1:], None], strict=True):
        thing.top = top
        joined = any({id(arrow.source), id(arrow.target)} == {id(thing), id(following)} for arrow in diagram.arrows)
        top += thing.height + (42 if joined else 18)
    return top


def _boxes(diagram: Diagram, height: float) -> Iterator[str]:
    for column, box in enumerate(diagram.boxes):
        yield f'<rect class="box" x="{_left(column)}" y="{MARGIN}" width="{WIDTH}" height="{height:g}" rx="8"/>'
        for at, line in enumerate(_title(box)):
            yield f'<text class="title" x="{_left(column) + WIDTH / 2:g}" y="{MARGIN + PAD + LINE * (at + 0.6):g}">{escape(line)}</text>'


def _thing(thing: Thing) -> Iterator[str]:
    left = _left(thing.column) + PAD
    yield f'<rect class="thing" x="{left}" y="{thing.top:g}" width="{WIDTH - 2 * PAD}" height="{thing.height:g}" rx="5"/>'
    for at, (kind, line) in enumerate(thing.lines):
        yield f'<text class="{kind}" x="{left + 8}" y="{thing.top + PAD / 2 + LINE * (at + 0.75):g}">{escape(line)}</text>'


def _arrows(diagram: Diagram) -> Iterator[str]:
    ports: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for at, arrow in enumerate(diagram.arrows):
        for own, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            ports[id(own), (other.column > own.column) - (other.column < own.column)].append((other.top, at))

    def port(own: Thing, other: Thing, at: int) -> float:
        ends = sorted(ports[id(own), (other.column > own.column) - (other.column < own.column)])
        return own.top + own.height * (1 + ends.index((other.top, at))) / (1 + len(ends))

    for at, arrow in enumerate(diagram.arrows):
        source, target = arrow.source, arrow.target
        if source.column == target.column:
            upper, lower = sorted((source, target), key=lambda thing: thing.top)
            x, ends = _left(source.column) + WIDTH / 2, (upper.top + upper.height, lower.top)
            first, last = ends if source is upper else ends[::-1]
            path, middle = f"M{x:g} {first:g} L{x:g} {last:g}", (x, (first + last) / 2)
        else:
            right = 1 if target.column > source.column else -1
            x1 = _left(source.column) + (WIDTH - PAD if right > 0 else PAD)
            x2 = _left(target.column) + (PAD if right > 0 else WIDTH - PAD)
            y1, y2, bend = port(source, target, at), port(target, source, at), right * (GAP / 2 + PAD)
            path = f"M{x1} {y1:g} C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2} {y2:g}"
            middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        yield f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'
        lines = textwrap.wrap(arrow.label, 18)
        for row, line in enumerate(lines):
            y = middle[1] + 4 + LINE * (row - (len(lines) - 1) / 2)
            yield f'<text class="label" x="{middle[0]:g}" y="{y:g}">{escape(line)}</text>'
