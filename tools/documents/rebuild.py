"""A store's vectors made anew by another model, while searches go on with those that there are."""

from collections.abc import Callable

from tools.documents.dense import DenseVectors
from tools.documents.vectors import Coverage
from tools.errors import Unavailable

_MOST_ROUNDS = 50
"""How often what was written meanwhile is followed up before others are told to pause."""


def rebuild(
    dense: DenseVectors,
    *,
    on_progress: Callable[[Coverage], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Coverage | None:
    """Make all vectors of the model that is to follow, count them, and let it take over.

    None where no model is to follow, or it has taken over, or the work was stopped. An interrupted
    run goes on where it ended. Old vectors stay until `drop_old` finds that nobody wants them.

    Raises:
        Unavailable: the model or the store fails, or vectors are missing in the end; what was
            searched before still is.
    """
    following = dense.following()
    if following is None:
        return None
    lacking = 0
    for _ in range(_MOST_ROUNDS):
        following.fill(on_progress=on_progress, is_stopped=is_stopped)
        if is_stopped():
            return None
        if not (lacking := following.lacking()):
            dense.switch()
            return following.coverage()
    raise Unavailable(
        f"{lacking} passages have no vector yet by {following.model.model_id!r}: documents are "
        "written as fast as vectors are made. Run it again when fewer are."
    )
