"""A person's word on an answer, from the buttons below it, for the service to keep.

Chainlit has thumbs of its own, but only on a page that lists conversations.
"""

from pydantic import ValidationError

from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import Feedback

RATE = "rate"
"""The action that `public/views/Evidence.jsx` calls."""


async def note(told: object, service: Service) -> dict[str, str]:
    """Send a rating, with its comment if there is one; why not, where it is not kept."""
    try:
        await service.note(Feedback.model_validate(told))
    except ValidationError:
        return {"problem": words_for("feedback.too_long")}
    except ServiceError as error:
        return {"problem": str(error)}
    return {"problem": ""}
