"""Finds the sentences that the hub's code says to people: errors and refusals, for translators and their tests.

Code says what is wrong in English, with the values in place: `f"There is no case {reference}."`. A sentence found here
as `There is no case {0}.` can be translated, and `wording.translate_text` knows it again with whatever value stands
there. So the rules know nothing of languages, and what was said in English last year can be read in Greek today.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from board_hub.law.wording import LEAST_LETTERS, letters_of

ROOT = Path(__file__).parents[2]
PLACES = ("domain", "law", "services", "store", "jobs", "http", "api")
WRITES_DOCUMENTS = frozenset({
    "asyncapi", "builder", "diagrams", "env", "examples", "file_schema", "json_schema", "loader", "markdown",
    "migrate", "news_schema", "openapi", "period_words", "procedure_builder", "procedure_reference", "procedure_schema",
    "receipt_schema", "reference", "schemas_cases", "schemas_files", "sentences",
})  # fmt: skip
"""Modules whose sentences are documentation, or are for whoever writes the catalogue or runs the machine: English."""
WHOLE: dict[str, str] = {
    "_Wrong": "The {0} %s.",
    "_bad": "The token is refused: %s.",
    "_malformed": "The signature cannot be read: %s.",
    "_wrong": "The provider is not set up as it should be: %s.",
    "ValidationError": "%s",
}
"""Calls that are given part of a sentence, and the whole that comes of it."""
_DESCRIBE = frozenset({"description", "summary", "help", "title"})
_LEAST_WORDS = 3


@dataclass(frozen=True)
class Sentence:
    """text: with `{0}`, `{1}` for its values; values: their expressions, which tell a translator what they are."""

    text: str
    values: tuple[str, ...]
    place: str


def find_sentences(root: Path = ROOT) -> list[Sentence]:
    """Every sentence and part of one in the layers below the pages, in the order of files and lines."""
    found: list[Sentence] = []
    for folder in PLACES:
        for path in sorted((root / (folder if folder == "api" else f"board_hub/{folder}")).rglob("*.py")):
            if path.stem not in WRITES_DOCUMENTS and "migrations" not in path.parts:
                found += _sentences_of(path, root)
    return found


def _sentences_of(path: Path, root: Path) -> Iterator[Sentence]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unsaid = _unsaid(tree)
    wholes = {id(one): WHOLE[_name(call)] for call in _calls(tree) if _name(call) in WHOLE for one in call.args[-1:]}
    for node in ast.walk(tree):
        if id(node) in unsaid or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        whole = wholes.get(id(node))
        text, values = _template(node, first=whole.count("{0}") if whole else 0)
        if whole and " " in text:
            text = whole % text
        if values and letters_of(text) < LEAST_LETTERS:
            continue  # it would not be known again
        if _is_sentence(text) or (whole and " " in text):
            yield Sentence(text, values, f"{path.relative_to(root)}:{node.lineno}")


def _template(node: ast.Constant | ast.JoinedStr, first: int = 0) -> tuple[str, tuple[str, ...]]:
    """The text with numbers for its values, counted from `first`; and the values' expressions."""
    if isinstance(node, ast.Constant):
        return (node.value, ()) if isinstance(node.value, str) else ("", ())
    text = ""
    values = ["what it is about"] * first
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            text += f"{{{len(values)}}}"
            values.append(ast.unparse(part.value))
    return text, tuple(values)


def _is_sentence(text: str) -> bool:
    """Whether people read it: begins like a sentence, ends like one, has words."""
    begins = text[:1].isupper() or text[:1] in "`{"
    return begins and text.rstrip().endswith(".") and text.count(" ") >= _LEAST_WORDS - 1 and "\n\n" not in text


def _unsaid(tree: ast.AST) -> set[int]:
    """Strings that nobody is told: docstrings, parts of f-strings, words of the log, descriptions of an interface."""
    unsaid: set[int] = set()
    for node in ast.walk(tree):
        inner: Iterable[ast.AST] = ()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner = (node.value,)
        elif isinstance(node, ast.JoinedStr):
            inner = (one for part in node.values for one in ast.walk(part))
        elif isinstance(node, ast.Call) and _is_log(node):
            inner = ast.walk(node)
        elif isinstance(node, ast.keyword) and node.arg in _DESCRIBE:
            inner = ast.walk(node.value)
        elif isinstance(node, ast.Dict):
            inner = (
                one
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value in _DESCRIBE
                for one in ast.walk(value)
            )
        unsaid |= {id(one) for one in inner}
    return unsaid


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_log(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "log"
