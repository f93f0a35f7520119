"""Catalogues are compiled without gettext, and Python's own reader understands them."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from breach.boot.messages import CatalogueError, compile_messages, read_catalogue
from breach.boot.service import CHECKOUT

CATALOGUE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#. a comment
msgid "Sign in"
msgstr "Iniciar sesión"

msgctxt "verb"
msgid "Open"
msgstr "Abrir"

msgid "%(n)s person"
msgid_plural "%(n)s people"
msgstr[0] "%(n)s persona"
msgstr[1] "%(n)s personas"

msgid ""
"one line "
"and \"another\"\n"
msgstr ""
"una línea "
"y \"otra\"\n"

#, fuzzy
msgid "guessed"
msgstr "adivinado"

msgid "untranslated"
msgstr ""

#~ msgid "gone"
#~ msgstr "ido"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "locale" / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def _read(root: Path) -> gettext.GNUTranslations:
    with (root / "locale/es/LC_MESSAGES/django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_what_is_translated_is_found_again(root: Path) -> None:
    compile_messages(root)
    words = _read(root)
    assert words.gettext("Sign in") == "Iniciar sesión"
    assert words.pgettext("verb", "Open") == "Abrir"
    assert words.ngettext("%(n)s person", "%(n)s people", 1) == "%(n)s persona"
    assert words.ngettext("%(n)s person", "%(n)s people", 5) == "%(n)s personas"
    assert words.gettext('one line and "another"\n') == 'una línea y "otra"\n'


def test_guesses_gaps_and_leftovers_stay_english(root: Path) -> None:
    compile_messages(root)
    words = _read(root)
    assert [words.gettext(text) for text in ("guessed", "untranslated", "gone")] == [
        "guessed",
        "untranslated",
        "gone",
    ]


def test_a_catalogue_is_compiled_only_when_it_changed(root: Path) -> None:
    assert len(compile_messages(root)) == 1
    assert compile_messages(root) == []


def test_a_broken_line_is_named(root: Path) -> None:
    (root / "locale/es/LC_MESSAGES/django.po").write_text(
        'msgid "a"\nmsgstr "b\n', encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match="line 2"):
        compile_messages(root)


SHIPPED = sorted(CHECKOUT.glob("locale/*/LC_MESSAGES/django.po"))
_PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%s|%%|\{\w+\}")


@pytest.mark.parametrize("catalogue", SHIPPED, ids=lambda path: path.parts[-3])
def test_a_shipped_catalogue_has_no_gap_and_no_guess(catalogue: Path) -> None:
    text = catalogue.read_text(encoding="utf-8")
    assert "#, fuzzy" not in text
    gaps = re.findall(r'msgid "(.+)"\n(?:msgid_plural .*\n)?msgstr(?:\[\d\])? ""\n(?!")', text)
    assert gaps == []


@pytest.mark.parametrize("catalogue", SHIPPED, ids=lambda path: path.parts[-3])
def test_a_translation_keeps_every_placeholder(catalogue: Path) -> None:
    for key, value in read_catalogue(catalogue).items():
        source = key.rpartition("\4")[2].split("\0")[-1]
        translated = value.split("\0")[-1]
        assert set(_PLACEHOLDER.findall(translated)) == set(_PLACEHOLDER.findall(source)), source


MARKS = {"_", "_t", "_lazy", "N_", "gettext", "gettext_lazy", "ngettext"}


def marked_texts() -> Iterator[str]:
    """Every text of the program that is marked for translation."""
    for app in ("breach", "notifications"):
        for path in (CHECKOUT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(ast.Name(name), [ast.Constant(str(text)), *_]) if name in MARKS:
                        yield text
    for path in (CHECKOUT / "templates").rglob("*.html"):
        for text in re.findall(r'(?:{% translate |\b_\()"([^"]+)"', path.read_text()):
            yield text.replace("%", "%%")  # as Django writes texts of templates into catalogues


@pytest.mark.parametrize("catalogue", SHIPPED, ids=lambda path: path.parts[-3])
def test_every_marked_text_is_translated(catalogue: Path) -> None:
    known = {key.rpartition("\4")[2].partition("\0")[0] for key in read_catalogue(catalogue)}
    assert {text for text in marked_texts() if text} - known == set()
