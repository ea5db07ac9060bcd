"""What stands in an address after the question mark, checked: rubbish is named, and never reaches a service."""

from uuid import UUID

from flask import request
from werkzeug.exceptions import BadRequest


def read_uuid(name: str) -> UUID | None:
    """The id in a parameter, None if it is not there."""
    try:
        return UUID(request.args[name]) if request.args.get(name) else None
    except ValueError:
        raise BadRequest(f"{name} must be an id, as a link of this list has it.") from None
