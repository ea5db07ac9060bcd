"""Fixtures of the jobs' tests."""

from tests.support.hub import hub, hub_settings, sqlite_hub

__all__ = ["hub", "hub_settings", "sqlite_hub"]
