"""`board-hub settings`: the sample environment file, which is also the manual of the settings."""

import click

from board_hub.settings import sample


@click.command()
def command() -> None:
    """Print the sample environment file (deploy/board-hub.env.sample): every setting with its help and default."""
    click.echo(sample(), nl=False)
