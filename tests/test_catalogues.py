"""Every text of the sources has its Russian translation."""

import ast
import re

import pytest
from babel.messages.catalog import Catalog

from tests import catalogues
from tests.catalogues import CATALOGUES, INTEGRATIONS, KEYWORDS, REST, Covered, translated

of_each_catalogue = pytest.mark.parametrize("covered", CATALOGUES, ids=lambda covered: covered.folder)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{[\w.|:,-]*\}")


def keys(catalogue: Catalog) -> set:
    return {(message.context, message.id) for message in catalogue if message.id}


@of_each_catalogue
@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_catalogue_has_the_texts_of_the_sources_and_no_other(covered, language):
    catalogue, texts = covered.read(language), covered.texts()
    advice = "run script/catalogues, then translate"
    assert keys(texts) - keys(catalogue) == set(), f"missing: {advice}"
    assert keys(catalogue) - keys(texts) == set(), f"not used any more: {advice}"
    assert not catalogue.obsolete


@of_each_catalogue
def test_every_text_is_in_russian(covered):
    waiting = [message.id for message in covered.read("ru") if message.id and not translated(message)]
    assert waiting == []


@of_each_catalogue
@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_no_translation_is_a_guess(covered, language):
    assert [message.id for message in covered.read(language) if message.id and message.fuzzy] == []


@of_each_catalogue
def test_english_texts_are_their_own_translation(covered):
    for message in covered.read("en"):
        if message.id and translated(message):
            assert message.string == message.id


@of_each_catalogue
def test_placeholders_are_those_of_the_original(covered):
    differing = []
    for message in covered.read("ru"):
        plural = isinstance(message.id, tuple)
        wanted = sorted(PLACEHOLDER.findall(message.id[-1] if plural else message.id))
        forms = message.string if plural else [message.string]
        if message.id and translated(message) and any(sorted(PLACEHOLDER.findall(form)) != wanted for form in forms):
            differing.append(message.id)
    assert differing == []


def test_a_text_of_both_catalogues_has_one_translation():
    ours, theirs = (
        {(message.context, message.id): message.string for message in covered.read("ru") if translated(message)}
        for covered in CATALOGUES
    )
    both = (ours.keys() & theirs.keys()) - {(None, "")}
    assert {key: (ours[key], theirs[key]) for key in both if ours[key] != theirs[key]} == {}


def test_no_text_hides_in_an_f_string():
    """Before Python 3.12 no tool finds it there."""
    hidden = [
        f"{path.relative_to(catalogues.ROOT)}:{call.lineno}"
        for covered in CATALOGUES
        for path in covered.files()
        if path.suffix == ".py"
        for string in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]
    assert hidden == []


def test_the_catalogues_share_no_source():
    assert not set(INTEGRATIONS.files()) & set(REST.files())


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A function: writes a source file of a project that is empty otherwise, and gives what its catalogue covers."""
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)

    def write(name: str, code: str) -> Covered:
        path = tmp_path / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
        return Covered("app/locale", ("app",))

    return write


def test_texts_of_python_and_of_templates_are_found(project):
    project("code.py", '_("one")\npgettext_lazy("here", "two")\nngettext_lazy("%(n)s lead", "%(n)s leads", "n")\n')
    covered = project(
        "page.html",
        '{% load i18n %}\n<p>\n  it\'s {% translate "three" %}\n {% translate "four" context "there" %}\n'
        "   {% blocktranslate trimmed count n=leads %}\n    {{ n }} offer{% plural %}{{ n }} offers\n"
        "  {% endblocktranslate %}</p>",
    )
    assert keys(covered.texts()) == {
        (None, "one"),
        ("here", "two"),
        (None, ("%(n)s lead", "%(n)s leads")),
        (None, "three"),
        ("there", "four"),
        (None, ("%(n)s offer", "%(n)s offers")),
    }


def test_refreshing_keeps_translations_and_drops_what_is_gone(project):
    covered = project("code.py", '_("stays")\n_("goes")\n')
    assert catalogues.refresh(covered, "ru") == 2
    catalogue = covered.read("ru")
    catalogue["stays"].string = "остаётся"
    catalogues.save(catalogue, covered.path("ru"))

    project("code.py", '_("new")\n_("stays")\n')
    assert catalogues.refresh(covered, "ru") == 1
    assert {message.id: message.string for message in covered.read("ru") if message.id} == {
        "new": "",
        "stays": "остаётся",
    }


def test_refreshing_changes_nothing_where_no_text_has_changed(project):
    covered = project("code.py", '_("one")\nngettext("%(n)s lead", "%(n)s leads", n)\n')
    catalogues.refresh(covered, "ru")
    before = covered.path("ru").read_bytes()
    project("code.py", '\n\n_("one")\nngettext("%(n)s lead", "%(n)s leads", n)\n')
    catalogues.refresh(covered, "ru")
    assert covered.path("ru").read_bytes() == before
