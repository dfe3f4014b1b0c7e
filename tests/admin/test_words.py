"""The words people read are ours, and the theme's have a translation."""

import io
import re
from pathlib import Path

import pytest
import unfold
from babel.messages.extract import extract
from django.contrib import admin as django_admin
from django.utils import translation
from django.utils.translation.template import templatize

from affiliate.admin import countries, looks, theme_words
from affiliate.models import labels
from affiliate.models.postback import Verdict
from affiliate.vocabulary import Delivery, Evidence, OutcomeKind, Status
from tests.catalogues import CATALOGUES, KEYWORDS

# What of the theme our pages do not use.
UNUSED = re.compile(
    "dataset|command|crispy|contrib/(?!filters)|slider|numeric|display_header|display_dropdown|file|datetime|inlines"
)


def texts_of(path: Path):
    code = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        code = "\n".join(map(str.strip, templatize(code).splitlines()))
    return {
        text for _line, text, *_more in extract("python", io.BytesIO(code.encode()), KEYWORDS) if isinstance(text, str)
    }


def test_every_word_of_the_themes_pages_is_in_russian():
    root = Path(unfold.__file__).parent
    pages = [path for path in root.rglob("templates/**/*.html") if not UNUSED.search(str(path.relative_to(root)))]
    assert len(pages) > 50
    with translation.override("ru"):
        words = set().union(*map(texts_of, pages))
        assert {word for word in words if translation.gettext(word) == word} == set()


def test_no_word_is_kept_that_the_theme_and_django_lost():
    roots = [Path(unfold.__file__).parent, Path(django_admin.__file__).parent]
    sources = [path for root in roots for path in root.rglob("*.*") if path.suffix in (".html", ".py")]
    words = set().union(*map(texts_of, sources))
    assert set(theme_words.WORDS) - words == set()


@pytest.mark.parametrize("covered", CATALOGUES, ids=lambda covered: covered.folder)
def test_no_other_catalogue_speaks_over_ours(covered):
    written = {
        (one.context, one.id): one.string for one in covered.read("ru") if isinstance(one.id, str) and one.string
    }
    written.pop((None, ""))
    with translation.override("ru"):
        shown = {
            (context, text): translation.pgettext(context, text) if context else translation.gettext(text)
            for context, text in written
        }
    assert {key: text for key, text in shown.items() if text != written[key]} == {}


@pytest.mark.parametrize(
    ("colours", "values"),
    [
        (looks.STATUS_COLOURS, Status),
        (looks.DELIVERY_COLOURS, Delivery),
        (looks.OUTCOME_COLOURS, OutcomeKind),
        (looks.VERDICT_COLOURS, Verdict),
        (looks.EVIDENCE_COLOURS, Evidence),
    ],
)
def test_every_value_has_a_colour(colours, values):
    assert set(colours) == {value.value for value in values}


def test_every_evidence_has_a_word():
    assert set(labels.EVIDENCE) == set(Evidence)


@pytest.mark.parametrize(("language", "name"), [("en", "RO · Romania"), ("ru", "RO · Румыния")])
def test_countries_are_named_in_the_readers_language(language, name):
    with translation.override(language):
        assert countries.with_name("RO") == name
        assert countries.unknown(["RO", "UK", "EU", "GB"]) == ["UK", "EU"]
