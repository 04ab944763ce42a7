"""Drawn lines of a scanned page, taken out before it is read: Tesseract loses words beside a grid."""

import importlib
from typing import Any

import numpy as np

_DARK = 170
"""The brightest grey of a line, of 255."""
_LONGEST = 150
"""Dots that a stroke of a letter does not reach at 300 dots an inch, where a line goes on."""
_SHORTEST = 50
"""Dots that the side of a cell has at least, whose ends are on two lines across it."""
_THICKEST = 12
"""Dots: what is thicker is no line, but a filled cell with its text."""
_FEWEST = 4
"""Dots of lines each way, in `_LONGEST`, from which on they are a grid."""
_EDGE = 2
"""Dots around a line that are still a little grey."""

Mask = Any
"""An array of booleans, one a dot."""


def without_grid(picture: Any) -> Any | None:
    """A grey picture of a page without its level and upright lines; None where they are no grid."""
    grey = np.asarray(picture)
    dark = grey < _DARK
    long = _level_lines(dark), _level_lines(dark.T).T
    level = long[0] | _sides(dark, long[1])
    upright = long[1] | _sides(dark.T, long[0].T).T
    if min(level.sum(), upright.sum()) < _FEWEST * _LONGEST:
        return None
    cleared = grey.copy()
    cleared[_grown(level | upright)] = 255
    return importlib.import_module("PIL.Image").fromarray(cleared)


def _level_lines(dark: Mask) -> Mask:
    """The dots of long runs along the rows that are thin across them."""
    return _thin(_opened(dark, _LONGEST))


def _thin(runs: Mask) -> Mask:
    return runs & ~_opened(runs.T, _THICKEST + 1).T


def _sides(dark: Mask, across: Mask) -> Mask:
    """The dots of shorter runs that go from one line across them to another: cells drawn one by one."""
    runs = np.pad(_thin(_opened(dark, _SHORTEST)), ((0, 0), (1, 1)))
    steps = np.diff(runs.astype(np.int8).ravel())
    begins, ends = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1)
    near = np.pad(_grown(across), ((0, 0), (1, 1))).ravel()
    kept = near[begins] & near[ends]
    marks = np.zeros(runs.size + 1, np.int32)
    marks[begins[kept]] += 1
    marks[ends[kept] + 1] -= 1
    return (np.cumsum(marks[:-1]) > 0).reshape(runs.shape)[:, 1:-1]


def _opened(dots: Mask, length: int) -> Mask:
    """The dots in runs along the rows of at least that length."""
    if dots.shape[1] < length:
        return np.zeros_like(dots)
    padded = np.zeros((dots.shape[0], dots.shape[1] + 1), np.int32)
    np.cumsum(dots, axis=1, out=padded[:, 1:])
    full = padded[:, length:] - padded[:, :-length] == length
    marks = np.zeros((dots.shape[0], dots.shape[1] + 1), np.int32)
    marks[:, : full.shape[1]] += full
    marks[:, length : length + full.shape[1]] -= full
    return np.cumsum(marks[:, :-1], axis=1) > 0


def _grown(dots: Mask) -> Mask:
    """The dots with their neighbours: the edges of a scanned line are grey."""
    for axis in (0, 1):
        steps = [np.roll(dots, step, axis=axis) for step in range(-_EDGE, _EDGE + 1)]
        dots = np.logical_or.reduce(steps)
    return dots
