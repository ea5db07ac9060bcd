"""The AsyncAPI document is one that the reference parser takes, and names the whole exchange."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.catalogue import Catalogue

DIRECTORY = Path(__file__).parents[1] / "asyncapi"


@pytest.fixture(scope="session")
def parser_directory() -> Path:
    """The npm project with the parser, installed from its lock when it is not there yet."""
    npm = shutil.which("npm")
    assert npm, "node and npm are needed to check the AsyncAPI document; install the package nodejs"
    if not (DIRECTORY / "node_modules" / ".package-lock.json").exists():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=DIRECTORY, check=True, timeout=300, capture_output=True)
    return DIRECTORY


def validate(directory: Path, document: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", "validate.mjs"],
        cwd=directory,
        input=json.dumps(document),
        env=os.environ | {"NODE_OPTIONS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_reference_parser_finds_no_error(catalogue: Catalogue, parser_directory: Path) -> None:
    result = validate(parser_directory, asyncapi_document(catalogue))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_the_reference_parser_does_find_errors(catalogue: Catalogue, parser_directory: Path) -> None:
    document = asyncapi_document(catalogue)
    document["channels"]["toHub"]["colour"] = "red"
    assert validate(parser_directory, document).returncode == 1


def test_every_notice_type_can_be_sent_and_received(catalogue: Catalogue) -> None:
    channels = asyncapi_document(catalogue)["channels"]
    notices = {f"notice.{code}" for code in catalogue.notice_types}
    assert notices <= channels["toHub"]["messages"].keys()
    assert notices <= channels["fromHub"]["messages"].keys()


def test_receipts_go_the_way_they_go(catalogue: Catalogue) -> None:
    channels = asyncapi_document(catalogue)["channels"]
    assert {"receipt.collected", "receipt.handled", "ping.sent"} <= channels["toHub"]["messages"].keys()
    incoming = {"receipt.accepted", "receipt.rejected", "receipt.delivered"}
    assert incoming <= channels["fromHub"]["messages"].keys()
    assert not incoming & channels["toHub"]["messages"].keys()


def test_every_example_is_valid_against_its_own_schema(catalogue: Catalogue) -> None:
    document = asyncapi_document(catalogue)
    for name, message in document["components"]["messages"].items():
        validator = Draft202012Validator({**message["payload"], "components": document["components"]})
        for example in message.get("examples", ()):
            assert [error.message for error in validator.iter_errors(example["payload"])] == [], name
