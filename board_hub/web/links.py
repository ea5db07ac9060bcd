"""Addresses of pages that a deployment may or may not have."""

from typing import Any

from flask import current_app, url_for


def address(endpoint: str, **values: Any) -> str:
    """The page's address; empty where there is no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
