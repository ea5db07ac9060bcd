"""The OpenAPI side: flask-smorest made to speak problem+json and to read input as strictly as the queues do."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from flask import Request
from flask_smorest import Api, Blueprint
from flask_smorest.utils import prepare_response
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, UnsupportedMediaType
from werkzeug.wrappers import Response

from board_hub.domain import strict_json
from board_hub.domain.errors import Flaw, Invalid
from board_hub.http.problems import MEDIA_TYPE, http_error
from board_hub.law.schemas import flaws_of

View = TypeVar("View", bound=Callable[..., Any])
BEARER = "bearer"
CONFIGURATION = {
    "API_TITLE": "AI Board hub",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}
_DESCRIPTION = """The mailbox of the European AI Board's hub, for authorities without AMQP.

Sign in at /oauth2/token with a client assertion signed by your participant's key (RFC 7523), send and collect signed
messages with the token. A message is a CloudEvent; its bytes are signed and stored exactly as they are sent."""


class FlawSchema(Schema):
    """One thing wrong with an input."""

    code = fields.String(required=True, metadata={"description": "Stable, for machines, such as field.missing."})
    path = fields.String(required=True, metadata={"description": "JSON pointer into the input; empty for the whole."})
    message = fields.String(required=True, metadata={"description": "What is wrong, where, and how to mend it."})


class ProblemSchema(Schema):
    """A problem (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    instance = fields.String(required=True)
    errors = fields.List(fields.Nested(FlawSchema), required=True)
    request_id = fields.String(required=True)
    receipt_id = fields.String(metadata={"description": "The signed `rejected` receipt in your mailbox."})
    error = fields.String(metadata={"description": "OAuth 2 error code (RFC 6749 §5.2), at the token endpoint."})
    error_description = fields.String()


class HubApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Documents problems as what they are on the wire."""

    ERROR_SCHEMA = ProblemSchema

    def register_blueprint(self, blueprint: "HubBlueprint", **options: Any) -> None:
        """Its endpoints begin with `api-` (`api-cases.…`): the plain names are those of the pages for people.

        As flask-smorest's own, but that the document has the plain name.
        """
        name = f"api-{blueprint.name}"
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blueprint, name=name, **options)
        blueprint.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
        self.spec.tag({"name": blueprint.name, "description": blueprint.description})

    def _register_responses(self) -> None:
        # A private hook of flask-smorest, which documents errors as application/json; a test watches it.
        for name, text in _ERRORS.items():
            response = {"description": text, "schema": self.ERROR_SCHEMA}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(name, response, lazy=True)

    def handle_http_exception(self, error: HTTPException) -> Response:
        return http_error(error)


_ERRORS = {
    "DEFAULT_ERROR": "A problem (RFC 9457).",
    "UNPROCESSABLE_ENTITY": "The input cannot be taken; `errors` says why.",
}


class StrictParser(FlaskParser):
    """Unknown parameters are refused by name, JSON is read by the rules of the exchange."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        return strict_json.decode(req.get_data())

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        by_location = cast(dict[str, Any], error.messages)
        flaws = flaws_of(ValidationError(next(iter(by_location.values()))))
        raise Invalid(Flaw(flaw.code, flaw.path.removeprefix("/data"), flaw.message) for flaw in flaws)


class HubBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint whose arguments are read by StrictParser; its decorators keep the types of what they decorate."""

    ARGUMENTS_PARSER = StrictParser()

    def register_views_in_doc(self, *arguments: Any, **options: Any) -> None:
        for operations in self._docs.values():
            for method in operations.keys() - {"parameters"}:
                operations[method]["tags"] = operations[method].get("tags") or [self.name]
        super().register_views_in_doc(*arguments, **options)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        return cast(Callable[[View], View], super().route(rule, **options))

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        return cast(Callable[[View], View], super().arguments(schema, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        return cast(Callable[[View], View], super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, response: str | None = None, **options: Any) -> Callable[[View], View]:
        return cast(Callable[[View], View], super().alt_response(status_code, response, **options))

    def doc(self, **content: Any) -> Callable[[View], View]:
        return cast(Callable[[View], View], super().doc(**content))


def specification() -> dict[str, Any]:
    """What the OpenAPI document says beside its routes."""
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token of /oauth2/token."}
    return {
        "info": {"description": _DESCRIPTION, "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}},
        "security": [{BEARER: []}],
        "components": {"securitySchemes": {BEARER: scheme}},
    }
