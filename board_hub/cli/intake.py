"""`board-hub intake`: runs the intake process."""

import click

from board_hub.cli.opening import read_settings, ready_hub
from board_hub.domain.errors import Unavailable
from board_hub.settings import Settings
from messaging.intake import Intake


@click.command()
def command() -> None:
    """Take messages from the participants' queues until SIGTERM, which lets it finish what it has in hand.

    Several may run: they share the participants, and each sender's order is kept.
    """
    settings = read_settings()
    intake = Intake(ready_hub(settings), broker_url(settings), batch_size=settings.intake_batch)
    intake.process.stop_on_signals()
    intake.run()


def broker_url(settings: Settings) -> str:
    """The broker's address; Unavailable when there is none."""
    if not settings.amqp_url:
        raise Unavailable(
            "There is no broker: set BOARD_HUB_AMQP_URL. Without one participants use the mailbox, which "
            "`board-hub web` serves, and neither intake nor relay is needed."
        )
    return settings.amqp_url
