"""Fixtures that every test may ask for."""

pytest_plugins = ["tests.support.rabbitmq", "tests.support.postgres", "tests.support.hub", "tests.support.provider"]
