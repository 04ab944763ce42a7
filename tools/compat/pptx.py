"""The inside of python-pptx: the type of cells, and the elements of charts."""

from typing import Any, TypeAlias, cast

from pptx.table import _Cell  # pyright: ignore[reportPrivateUsage]  # cells have no other name

SlideCell: TypeAlias = _Cell


def chart_element(part: object) -> Any:
    """The XML element of a chart's part."""
    return cast("Any", part)._element
