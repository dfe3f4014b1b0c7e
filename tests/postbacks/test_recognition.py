"""Words of networks as their documents and clients write them."""

import pytest

from affiliate.postbacks.recognition import Recognised, Why, macro, recognise
from affiliate.vocabulary import Status

WAIT, HOLD, APPROVE, CANCEL, TRASH = Status.WAIT, Status.HOLD, Status.APPROVE, Status.CANCEL, Status.TRASH

# What the general vocabulary reads by itself, of the words that 48 networks use.
GENERAL = {
    WAIT: [
        "new",
        "lead",
        "pending",
        "Pending",
        "waiting",
        "wait",
        "none",
        "create",
        "created",
        "in_processing",
        "Processing",
        "process",
        "lead_add",
        "STATUS_PENDING",
        "STATUS_CALL_BACK",
        "STATUS_UNREACHABLE",
    ],
    HOLD: ["hold", "Hold", "held", "holded", "pre-approve"],
    APPROVE: [
        "approve",
        "approved",
        "Approved",
        "lead_approve",
        "accept",
        "accepted",
        "confirm",
        "confirmed",
        "confirmed_compensation",
        "sale",
        "paid",
        "payed",
        "payout",
        "success",
        "STATUS_CONFIRMED",
        "STATUS_APPROVED",
    ],
    CANCEL: [
        "cancel",
        "Cancel",
        "canceled",
        "cancelled",
        "lead_cancel",
        "reject",
        "rejected",
        "decline",
        "declined",
        "refused",
        "aborted",
        "refund",
        "duplicate",
        "Duplicate",
        "double",
        "STATUS_CANCELED",
        "STATUS_RETURNED",
    ],
    TRASH: ["trash", "trashed", "fake", "invalid", "spam", "Spam", "STATUS_TRASH"],
}
RUSSIAN = {
    WAIT: [
        "Новый",
        "в обработке",
        "обрабатывается",
        "ожидает подтверждения",
        "недозвон",
        "не дозвонились",
        "перезвонить",
    ],
    HOLD: ["холд", "На удержании"],
    APPROVE: ["Принят", "Подтверждён", "подтвержден", "оплачено", "выкуплен", "аппрув", "одобрен"],
    CANCEL: ["Отменён", "отмена", "отказ", "Отклонено", "возврат", "дубль"],
    TRASH: ["Треш", "трэш", "фейк", "спам", "невалид", "не валидный номер"],
}
# Words that mean something at one network only, or against the general reading; a network's own list says what.
OWN_ONLY = ["0", "3", "11", "77", "P", "A", "D", "F", "valid", "expect", "error", "fail", "submit", "toconfirmed"]
OWN_ONLY += ["suspicious", "called", "shipped", "delivered", "quality_control"]


def each(table):
    return [(word, status) for status, words in table.items() for word in words]


def read(word, *, own=None, **lists):
    return recognise(word, lists=lists, own=(own or {}).get)


@pytest.mark.parametrize(("word", "status"), each(GENERAL) + each(RUSSIAN))
def test_general_vocabulary(word, status):
    assert read(word) == Recognised(status, Why.VOCABULARY)


@pytest.mark.parametrize("word", OWN_ONLY)
def test_words_of_one_network_are_not_guessed(word):
    assert read(word) == Recognised(None, Why.UNKNOWN)
    assert read(word, own={word: CANCEL}) == Recognised(CANCEL, Why.NETWORK)


@pytest.mark.parametrize(
    "word",
    [
        "not_approved",
        "NotApproved",
        "not approved",
        "unconfirmed",
        "unpaid",
        "unsuccessful",
        "isn't approved",
        "never paid",
        "не подтверждён",
        "не_подтвержден",
        "неподтвержден",
        "Не оплачен",
        "невыкуп",
        "не принят",
        "un-paid",
        "un_approved",
        "UnPaid",
        "un-hold",
        "не выплачено",
    ],
)
def test_a_negated_approval_waits_for_a_person(word):
    assert read(word) == Recognised(None, Why.UNKNOWN)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending approval", WAIT),
        ("awaiting_payment", WAIT),
        ("waiting for confirm", WAIT),
        ("принят в обработку", WAIT),
        ("confirmed fake", TRASH),
        ("accepted, then cancelled", CANCEL),
        ("approved (hold)", HOLD),
        ("disapproved", CANCEL),
        ("DisApproved", CANCEL),
        ("принят к рассмотрению", WAIT),
        ("принята в работу", WAIT),
        ("ждёт подтверждения", WAIT),
        ("no_answer", WAIT),
    ],
)
def test_what_speaks_against_an_approval_comes_before_it(word, status):
    assert read(word).status == status


@pytest.mark.parametrize(
    "word",
    [
        "approval",
        "Confirmation",
        "подтверждение",
        "approval required",
        "needs approval",
        "to_approve",
        "ForApproval",
        "on confirmation",
        "payment failed",
        "payment_error",
        "confirm requested",
        "требует подтверждения",
        "на подтверждении",
        "до оплачивания",
        "ошибка подтверждения",
    ],
)
def test_an_approval_that_is_to_come_or_went_wrong_waits_for_a_person(word):
    assert read(word) == Recognised(None, Why.UNKNOWN)


@pytest.mark.parametrize("word", ["confirmed by phone", "approved to pay", "оплачен по счёту", "sale confirmed"])
def test_what_follows_an_approval_does_not_undo_it(word):
    assert read(word).status == APPROVE


def test_letters_put_together_of_signs_are_read_as_one():
    """As a Mac writes «й» and a form from the East writes Latin letters."""
    assert read("Новыи\u0306").status == WAIT
    assert read("ＡＰＰＲＯＶＥＤ").status == APPROVE


@pytest.mark.parametrize("word", ["latest", "contest", "wholesale", "badge", "5", "3.0", "-1", "?", "xyz"])
def test_parts_of_words_and_numbers_are_not_guessed(word):
    assert read(word) == Recognised(None, Why.UNKNOWN)


@pytest.mark.parametrize(
    ("word", "lists", "status"),
    [
        ("11", {"sta": "11", "stc": "12", "stt": "13"}, APPROVE),
        ("12", {"sta": "11", "stc": "12", "stt": "13"}, CANCEL),
        ("13", {"sta": "11", "stc": "12", "stt": "13"}, TRASH),
        ("hold", {"stw": "hold"}, WAIT),
        ("Hold", {"stw": "hold"}, WAIT),
        ("reject", {"stt": "reject"}, TRASH),
        ("fake", {"stt": "fake", "stw": "in_processing"}, TRASH),
        ("in_processing", {"stt": "fake", "stw": "in_processing"}, WAIT),
        ("processing", {"stw": "Processing"}, WAIT),
        ("paid", {"sth": "paid"}, HOLD),
        ("ПРИНЯТ", {"stw": "принят"}, WAIT),
    ],
)
def test_lists_of_the_call_beat_everything(word, lists, status):
    assert read(word, own={word: APPROVE}, **lists) == Recognised(status, Why.LIST)


@pytest.mark.parametrize("separator", [",", ";", "|", " ", ", ", "\n"])
def test_list_separators(separator):
    assert read("b2", sta=separator.join(["a1", "B2", "c3"])).status == APPROVE


def test_a_list_may_hold_a_phrase():
    assert read("No  Answer", stc="lost;no answer") == Recognised(CANCEL, Why.LIST)


def test_a_negated_entry_of_a_list_is_not_taken_to_pieces():
    assert read("approved", stc="not approved") == Recognised(APPROVE, Why.VOCABULARY)


def test_a_number_outside_the_lists_is_unknown():
    assert read("14", sta="11", stc="12", stt="13") == Recognised(None, Why.UNKNOWN)


def test_own_words_beat_the_general_vocabulary():
    assert read("accept", own={"accept": WAIT}) == Recognised(WAIT, Why.NETWORK)


@pytest.mark.parametrize(
    "text",
    [
        "{status}",
        "{lead.Status}",
        "{{status}}",
        "{{ action_status }}",
        "${status}",
        "#{status}",
        "[status]",
        "[sub_id1]",
        "%7Bstatus%7D",
        "%5Bstatus%5D",
        "##STATUS##",
        "#status#",
        "$status$",
        "$status",
        "%status%",
        "<status>",
        "__STATUS__",
        " {status} ",
        "approved{status}",
        "[[status]]",
        "%%status%%",
        "$$status$$",
        "@@status@@",
        "<%status%>",
        "%257Bstatus%257D",
    ],
)
def test_unreplaced_macros_are_named(text):
    assert macro(text)
    assert read(text, own={text: APPROVE}) == Recognised(None, Why.MACRO)


@pytest.mark.parametrize("text", ["", "approved", "$12", "12 $", "50%", "#5", "a_b", "01K5PLA1NPLA1NPLA1NPLA1NPL"])
def test_ordinary_values_are_no_macros(text):
    assert macro(text) == ""


@pytest.mark.parametrize("word", ["", "   ", "\t"])
def test_an_empty_word_is_named(word):
    assert read(word, sta=",") == Recognised(None, Why.EMPTY)
