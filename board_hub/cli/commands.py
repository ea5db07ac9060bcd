"""Groups of commands: modules imported on demand, and the five errors turned into exit codes and words."""

import importlib
import sys
from collections.abc import Mapping
from typing import IO, Any

import click

from board_hub.domain.errors import Conflict, Forbidden, HubError, Invalid, NotFound, Unavailable

WRONG = 1
"""Exit code of a check that found something wrong."""

EXIT_CODES: Mapping[type[HubError], int] = {NotFound: 3, Forbidden: 4, Invalid: 5, Conflict: 6, Unavailable: 7}


class Failure(click.ClickException):
    """One of the five errors at the command line: said on standard error, with its exit code."""

    def __init__(self, error: HubError) -> None:
        super().__init__(str(error))
        self.error = error
        found = (code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
        self.exit_code = next(found, WRONG)  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        file = file or sys.stderr
        if not isinstance(self.error, Invalid):
            click.echo(f"Error: {self.error}", file=file)
            return
        click.echo("Error: this cannot be taken:", file=file)
        for flaw in self.error.flaws:
            click.echo(f"  {flaw.path or '/'}  {flaw.message} ({flaw.code})", file=file)


class Group(click.Group):
    """A group whose commands may raise any of the five errors."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HubError as error:
            raise Failure(error) from error


class Commands(Group):
    """The outermost group. modules: command name -> (module below board_hub.cli that has `command`, short help)."""

    def __init__(self, *, modules: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        command: click.Command = importlib.import_module(f"board_hub.cli.{self._modules[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in self._modules.items()])
