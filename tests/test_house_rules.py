"""House rules, as tests: what a reviewer would otherwise have to remember."""

import ast
import re
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from board_hub.domain.deliveries import TRANSITIONS, DeliveryState
from board_hub.domain.events import EventName
from board_hub.settings import sample
from board_hub.store.engine import open_engine
from board_hub.store.migrate import configuration, upgrade
from board_hub.store.revisions import current_revision, newest_revision
from messaging import intake, topology

ROOT = Path(__file__).parents[1]
CODE = [
    path
    for folder in ("board_hub", "messaging", "api")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "versions" not in path.parts
]
TOP_LEVEL = {"board_hub", "messaging", "api", "templates", "deploy", "tests"}
BESIDE = {"pyproject.toml", "README.md", "LICENSE", "Makefile", "uv.lock", "var"}


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_top_level_holds_only_what_was_fixed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found <= TOP_LEVEL | BESIDE


@pytest.mark.parametrize("path", CODE, ids=_id)
def test_a_module_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{_id(path)} has no docstring"


@pytest.mark.parametrize("path", CODE, ids=_id)
def test_our_own_code_is_imported_at_the_top_only(path: Path) -> None:
    for function in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)):
        for inner in ast.walk(function):
            module = inner.module if isinstance(inner, ast.ImportFrom) else None
            assert (module or "").split(".")[0] not in {"board_hub", "messaging", "api"}, f"{function.name}: {module}"


@pytest.mark.parametrize("path", CODE, ids=_id)
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300, "split it by theme"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is too long"


def test_services_never_commit() -> None:
    """An edge opens and commits the unit of work; but the claim on SQLite must let go of its lock."""
    commits = {
        _id(path)
        for path in (ROOT / "board_hub" / "services").rglob("*.py")
        if re.search(r"\.commit\(\)", path.read_text())
    }
    assert commits <= {
        "board_hub/services/unit_of_work.py",
        "board_hub/services/operation/bootstrap.py",
        "board_hub/services/exchange/deliveries.py",
    }


def test_every_queue_is_consumed() -> None:
    assert set(topology.QUEUES) == set(intake.CONSUMED) | {topology.FROM_HUB}
    assert set(intake.CONSUMED) == set(topology.HUB_CONSUMES)


def test_the_sample_environment_equals_the_settings() -> None:
    assert (ROOT / "deploy" / "board-hub.env.sample").read_text().strip() == sample().strip()


def test_migrations_make_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/hub.sqlite")
    upgrade(engine)
    assert current_revision(engine) == newest_revision()
    command.check(configuration(engine))
    engine.dispose()


@pytest.mark.postgres
def test_migrations_make_the_tables_on_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    upgrade(engine)
    command.check(configuration(engine))
    engine.dispose()


def test_migrations_form_one_line(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/hub.sqlite")
    assert len(ScriptDirectory.from_config(configuration(engine)).get_heads()) == 1
    engine.dispose()


def test_every_state_of_a_delivery_has_a_way_out_or_is_final() -> None:
    assert set(TRANSITIONS) == set(DeliveryState)
    assert [state for state, ways in TRANSITIONS.items() if not ways] == [DeliveryState.HANDLED]


def test_event_names_are_subject_and_action() -> None:
    assert all(re.fullmatch(r"[a-z_]+:[a-z]+", name) for name in EventName)
