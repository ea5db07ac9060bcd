"""Headers that a route reads by itself, put into the OpenAPI document beside the parameters it declares."""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar, cast

View = TypeVar("View", bound=Callable[..., Any])


def documented_header(parameter: dict[str, Any]) -> Callable[[View], View]:
    """Document a header (an OpenAPI parameter object). Unlike `doc`, it replaces no parameter of the route."""

    def decorate(view: View) -> View:
        @wraps(view)
        def documented(*arguments: Any, **options: Any) -> Any:
            return view(*arguments, **options)

        found = deepcopy(getattr(view, "_apidoc", {}))
        found.setdefault("arguments", {}).setdefault("parameters", []).append(dict(parameter))
        documented._apidoc = found  # type: ignore[attr-defined]  # where flask-smorest looks for it
        return cast(View, documented)

    return decorate
