"""The printed pages of a pack: their words and where they stand, their pixels, and pictures of them for a person."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

DPI = 72  # a pixel is a point, as in the words' places


@dataclass(frozen=True)
class Page:
    """`words`: each with left, top, right and bottom; `pixels`: red, green and blue, a row a line."""

    words: list[tuple[str, float, float, float, float]]
    pixels: Any

    @property
    def text(self) -> str:
        """All that stands on it, in one line."""
        return " ".join(word for word, *_ in self.words)

    def charts(self, titles: Sequence[str]) -> dict[str, Any]:
        """The pixels under the titles of charts that stand on the page, each as far as the titles beside it leave room."""
        at = {title: place for title in titles if (place := self._place(title))}
        found = {}
        for title, (middle, bottom) in at.items():
            beside = [other for other, below in at.values() if abs(below - bottom) < 6]
            left = max((other for other in beside if other < middle - 1), default=-middle)
            right = min((other for other in beside if other > middle + 1), default=2 * self.pixels.shape[1] - middle)
            across = slice(int((left + middle) / 2), int((right + middle) / 2))
            found[title] = self.pixels[int(bottom) + 8 : int(bottom) + 95, across]
        return found

    def _place(self, title: str) -> tuple[float, float] | None:
        """The middle and the bottom of a title."""
        wanted = title.split()
        for n in range(len(self.words) - len(wanted) + 1):
            found = self.words[n : n + len(wanted)]
            if [word for word, *_ in found] == wanted:
                return (found[0][1] + found[-1][3]) / 2, found[0][4]
        return None


def pages(pdf: Path, pictures: Path) -> list[Page]:
    """The pages of a PDF; pictures of them are kept in a folder of their own."""
    html = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("page-*.png"):
        old.unlink()
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", str(pdf), str(pictures / "page")], check=True)
    raw = subprocess.run(["pdftoppm", "-r", str(DPI), str(pdf)], capture_output=True, check=True).stdout
    return [
        Page(
            [
                (unescape(text), *(float(place) for place in places))  # type: ignore[misc]
                for *places, text in re.findall(
                    r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', part
                )
            ],
            image,
        )
        for part, image in zip(html.split("<page ")[1:], _images(raw), strict=True)
    ]


def _images(raw: bytes) -> list[Any]:
    """The pictures of a stream of PPM files."""
    found, at = [], 0
    while at < len(raw):
        head = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s").match(raw, at)
        assert head, raw[at : at + 20]
        width, height = int(head[1]), int(head[2])
        end = head.end() + width * height * 3
        found.append(np.frombuffer(raw[head.end() : end], np.uint8).reshape(height, width, 3))
        at = end
    return found


def colored(pixels: Any) -> float:
    """The share of pixels that are neither white, black nor grey."""
    spread = pixels.max(axis=2).astype(int) - pixels.min(axis=2)
    return float((spread > 40).mean())
