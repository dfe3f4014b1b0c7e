"""A verdict's detail is kept in no language and read in the reader's."""

import re

import pytest
from django.utils import translation

from affiliate.postbacks.details import TEXTS, note, words

CYRILLIC = re.compile("[а-яё]")
VALUES = {"old": "wait", "new": "approve", "reason": "backwards"}


def names(text: str) -> list[str]:
    return re.findall(r"%\((\w+)\)s", text)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_note_has_words_with_its_values(code):
    values = {name: VALUES.get(name, f"<{name}>") for name in names(TEXTS[code])}
    said = words([note(code, **values)])
    assert said
    assert "%(" not in said
    assert all(value in said for value in values.values() if value[0] == "<")


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_note_can_be_read_in_russian(code):
    values = {name: VALUES.get(name, "1") for name in names(TEXTS[code])}
    with translation.override("ru"):
        said = words([note(code, **values)])
    assert CYRILLIC.search(said)


def test_statuses_are_those_of_the_reader():
    detail = [note("changed", old="wait", new="approve")]
    with translation.override("ru"):
        assert words(detail) == "в обработке → аппрув"
    assert words(detail) == "wait → approve"


def test_several_notes_make_one_text():
    detail = [note("changed", old="wait", new="hold"), note("not-understood", name="pay", value="much")]
    assert words(detail) == "wait → hold pay is not understood: much."


def test_what_a_network_sent_is_no_format():
    assert words([note("unknown", word="%(code)s %s {0}")]) == "Nobody has said what «%(code)s %s {0}» means."


def test_no_detail_is_no_text():
    assert words([]) == ""
