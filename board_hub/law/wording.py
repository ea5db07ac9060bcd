"""Words of the catalogue and of errors in the languages of the Union, from the gettext domain `law`."""

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

DOMAIN = "law"
FOLDER = Path(__file__).parents[1] / "translations"


@cache
def _translations(language: str) -> NullTranslations:
    return translation(DOMAIN, str(FOLDER), [language], fallback=True)


def translate_text(text: str, language: str) -> str:
    """An English text of the law in another language; the English text where there is no translation."""
    return _translations(language).gettext(text) if text else ""
