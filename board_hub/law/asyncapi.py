"""The AsyncAPI 3.1 document of the whole exchange, as a participant's system sees it."""

from collections.abc import Iterable
from typing import Any

from board_hub.law.catalogue import Catalogue, NoticeType, title_in
from board_hub.law.examples import example_notice
from board_hub.law.json_schema import JsonSchema, definitions, notice_data_schema
from board_hub.law.news_schema import news_schemas, shared_schemas
from board_hub.law.receipt_schema import (
    NOTICE_TYPE,
    PREFIX,
    WITHDRAWN_TYPE,
    envelope_schema,
    message_schema,
    receipts_of_hub,
    sent_by_participants,
)

CONTENT_TYPE = "application/cloudevents+json"
REFS = "#/components/schemas/"
_VHOST = "p.{participant}"
_BINDING_VERSION = "0.3.0"
_EXAMPLE_TIME = "2026-11-02T09:30:00Z"
_EXAMPLE_SIGNATURE = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkZSLUNOSUwtMSJ9..c2lnbmF0dXJl"
_EXAMPLE_ID = "0195f3a0-7c11-7a10-8000-3f1e2d4c5b6a"


def asyncapi_document(catalogue: Catalogue) -> dict[str, Any]:
    """Channels, operations, one message per notice type, what else is said, their schemas, and how one signs in."""
    said = {name: f"notice.{name}" for name in catalogue.notice_types}
    notices = [*said.values(), _name(WITHDRAWN_TYPE)]
    sent, receipts, news = (
        {_name(type_): schema for type_, schema in schemas.items()}
        for schemas in (sent_by_participants(REFS), receipts_of_hub(REFS), news_schemas(REFS))
    )
    own = [name for name in sent if name not in notices]
    others = {**sent, **receipts, **news}
    return {
        "asyncapi": "3.1.0",
        "id": "urn:aiboard:hub",
        "info": _info(catalogue),
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server()},
        "channels": {
            "toHub": _channel("to-hub", _EXCHANGE, [*notices, *own]),
            "fromHub": _channel("from-hub", _QUEUE, [*notices, *receipts, *news]),
        },
        "operations": {
            "sendNotice": _operation("send", "toHub", notices, "Issue a notice, or take one back"),
            "sendReceipt": _operation("send", "toHub", own, "Say what was collected and handled; ping"),
            "receiveNotice": _operation("receive", "fromHub", notices, "Receive what is addressed to you"),
            "receiveReceipt": _operation("receive", "fromHub", receipts, "Learn what became of your own messages"),
            "receiveNews": _operation("receive", "fromHub", news, "Learn what concerns you in cases, clocks, keys"),
        },
        "components": {
            "messages": {
                **{said[code]: _notice_message(catalogue, one) for code, one in catalogue.notice_types.items()},
                **{name: _message(name) for name in others},
            },
            "schemas": {**_schemas(catalogue), **shared_schemas(), **others},
            "securitySchemes": _SECURITY,
        },
    }


_EXCHANGE = {
    "is": "routingKey",
    "exchange": {"name": "to-hub", "type": "fanout", "durable": True, "autoDelete": False, "vhost": _VHOST},
    "bindingVersion": _BINDING_VERSION,
}
_QUEUE = {
    "is": "queue",
    "queue": {"name": "from-hub", "durable": True, "exclusive": False, "autoDelete": False, "vhost": _VHOST},
    "bindingVersion": _BINDING_VERSION,
}
_SECURITY = {
    "certificate": {"type": "X509", "description": "Client certificate of the hub's own authority (AMQP EXTERNAL)."},
    "password": {"type": "userPassword", "description": "For the demonstration: the participant's code and password."},
}
_HEADERS: JsonSchema = {
    "type": "object",
    "properties": {
        "x-jws-signature": {
            "type": "string",
            "maxLength": 4096,
            "description": "Detached JWS (RFC 7515 Appendix F), ES256, over the body's exact bytes, by the sender.",
        },
        "x-hub-signature": {
            "type": "string",
            "maxLength": 4096,
            "description": "The hub's countersignature over the same bytes, on what the hub delivers.",
        },
    },
    "required": ["x-jws-signature"],
}


def _info(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "title": "European AI Board exchange hub",
        "version": catalogue.law_version,
        "description": (
            f"Signed notices between national authorities under the {title_in(catalogue.title)}. Every participant has "
            "a virtual host of its own: it publishes to `to-hub` and consumes `from-hub`. Notices are forwarded byte "
            "for byte under their originator's envelope. Generated from the catalogue; do not edit."
        ),
        "license": {"name": "EUPL-1.2"},
    }


def _server() -> dict[str, Any]:
    return {
        "host": "broker.hub.example:5671",
        "pathname": f"/{_VHOST}",
        "protocol": "amqps",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ; one virtual host per participant.",
        "variables": {"participant": {"description": "The participant's code.", "default": "FR-CNIL"}},
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in _SECURITY],
    }


def _channel(address: str, binding: dict[str, Any], messages: list[str]) -> dict[str, Any]:
    return {
        "address": address,
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"amqp": binding},
    }


def _operation(action: str, channel: str, names: Iterable[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
        "bindings": {"amqp": _DELIVERY[action]},
    }


_DELIVERY: dict[str, dict[str, Any]] = {
    "send": {"deliveryMode": 2, "mandatory": True, "ack": True, "bindingVersion": _BINDING_VERSION},
    "receive": {"ack": True, "bindingVersion": _BINDING_VERSION},
}


def _notice_message(catalogue: Catalogue, one: NoticeType) -> dict[str, Any]:
    example = _example(NOTICE_TYPE, example_notice(catalogue, one.code))
    return {
        "name": f"notice.{one.code}",
        "title": title_in(one.title),
        "summary": f"{one.act} Art {one.article}",
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": f"{REFS}headers"},
        "payload": message_schema(NOTICE_TYPE, f"notice.{one.code}", REFS),
        "examples": [
            {"name": one.code, "payload": example, "headers": {"x-jws-signature": "eyJhbGciOiJFUzI1NiJ9..c2ln"}}
        ],
    }


def _message(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace(".", " ").capitalize(),
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": f"{REFS}headers"},
        "payload": message_schema(f"{PREFIX}{name}.v1", name, REFS),
    }


def _schemas(catalogue: Catalogue) -> dict[str, JsonSchema]:
    notices = {
        f"notice.{code}": notice_data_schema(catalogue, one, REFS) for code, one in catalogue.notice_types.items()
    }
    return {"headers": _HEADERS, "envelope": envelope_schema(), **definitions(catalogue, REFS), **notices}


def _name(type_: str) -> str:
    return type_.removeprefix(PREFIX).removesuffix(".v1")


def _example(type_: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": _EXAMPLE_ID,
        "source": "urn:aiboard:participant:FR-CNIL",
        "type": type_,
        "time": _EXAMPLE_TIME,
        "data": content,
    }
