"""The command line starts quickly, explains itself, and ends with the documented exit codes."""

import importlib
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from board_hub.cli import main
from board_hub.cli.commands import EXIT_CODES, Group
from board_hub.domain.errors import Conflict, Flaw, Forbidden, HubError, Invalid, NotFound, Unavailable
from board_hub.settings import sample
from tests.cli.conftest import CommandLine

HEAVY = ("sqlalchemy", "flask", "pika", "rich", "cryptography", "requests")


@pytest.mark.parametrize("name", list(main._modules))
def test_every_command_is_there_and_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from board_hub.cli import main; main(['--help'], standalone_mode=False); "
        f"assert not set({HEAVY!r}) & set(sys.modules), set({HEAVY!r}) & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "participant" in result.stdout


def test_every_command_in_help_says_what_it_does() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(name in output for name in main._modules)


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


ERRORS: list[HubError] = [
    NotFound("no such thing"),
    Forbidden("not yours"),
    Invalid.one("field.invalid", "/code", "Write it so."),
    Conflict("not now"),
    Unavailable("away"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_each_of_the_five_errors_has_its_exit_code_and_no_traceback(error: HubError) -> None:
    @click.group(cls=Group)
    def group() -> None: ...

    @group.command("fail")
    def fail() -> None:
        raise error

    result = CliRunner().invoke(group, ["fail"])
    assert result.exit_code == EXIT_CODES[type(error)]
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output


def test_exit_codes_differ_from_each_other_and_from_wrong_usage() -> None:
    assert len({*EXIT_CODES.values(), 0, 1, 2}) == len(EXIT_CODES) + 3


def test_each_flaw_of_an_input_is_named_with_its_place() -> None:
    @click.group(cls=Group)
    def group() -> None: ...

    @group.command("fail")
    def fail() -> None:
        raise Invalid([Flaw("field.missing", "/name", "Give a name."), Flaw("json.invalid", "", "No JSON.")])

    said = CliRunner().invoke(group, ["fail"]).stderr
    assert "/name  Give a name. (field.missing)" in said
    assert "/  No JSON. (json.invalid)" in said


def test_settings_prints_the_sample_file(board_hub: CommandLine) -> None:
    assert board_hub("settings").output == sample()


def test_an_unknown_setting_is_refused_by_name() -> None:
    result = CliRunner().invoke(main, ["migrate"], env={"BOARD_HUB_COLOUR": "blue"})
    assert result.exit_code == EXIT_CODES[Invalid]
    assert "BOARD_HUB_COLOUR" in result.stderr


def test_a_command_module_is_imported_only_when_called() -> None:
    assert importlib.util.find_spec("board_hub.cli.web") is not None
    program = "import sys; import board_hub.cli; assert 'board_hub.cli.web' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
