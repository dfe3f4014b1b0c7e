"""`manage.py import_leads`: a file's rows become leads, or are only checked."""

import pytest
from django.core.management import CommandError, call_command

from affiliate.models import ImportPart, Lead

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = "Телефон;Имя;Отдел\n+40712345678;Ion;A\n+40712345679;Ana;B\n"


@pytest.fixture
def command(tmp_path, capsys, source, flow, offer):
    def run(text: str, *arguments: str, **options):
        file = tmp_path / "leads.csv"
        file.write_text(text)
        options = {"source": source.name, "offer": offer.title, "country": "RO"} | options
        call_command("import_leads", str(file), *arguments, **options)
        return capsys.readouterr()

    return run


def test_rows_become_leads(command):
    out = command(GOOD).out
    assert "Телефон → phone" in out and "taken 2, had come before 0, with errors 0" in out
    assert Lead.objects.count() == 2 and not ImportPart.objects.exists()


def test_again_they_are_the_same_leads(command):
    command(GOOD)
    assert "taken 0, had come before 2" in command(GOOD).out


def test_a_dry_run_names_wrong_rows_and_takes_nothing(command):
    told = command(GOOD + "12;Radu;C\n", "--dry-run")
    assert "would be taken 2, had come before 0, with errors 1" in told.out
    assert "row 4, Телефон: The phone is too short" in told.err
    assert not Lead.objects.exists() and not ImportPart.objects.exists()


def test_a_column_may_be_named(command):
    command(GOOD, column=["Отдел=sub1", "Имя="])
    assert list(Lead.objects.order_by("pk").values_list("sub1", "name")) == [("A", ""), ("B", "")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "Nobody"}, "there is no Nobody"),
        ({"offer": "99999999999999999999"}, "there is no"),
        ({"column": ["Отдел=phone"]}, "Only one column"),
        ({"column": ["Отдел=nothing"]}, "fields are"),
        ({"offer": None}, "Choose an offer"),
    ],
)
def test_what_cannot_be_done_is_told(command, options, words):
    with pytest.raises(CommandError, match=words):
        command(GOOD, **options)
    assert not ImportPart.objects.exists()


def test_a_file_that_is_no_table_is_told(command):
    with pytest.raises(CommandError, match="no rows"):
        command("")
