"""Leads out of files: columns guessed, rows checked, taken in batch by batch, once."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from affiliate import sheets
from affiliate.delivery import reports
from affiliate.intake import batch, leads
from affiliate.intake.errors import Invalid
from affiliate.intake.imports import columns, files, run
from affiliate.models import Ban, ImportPart, Lead, LeadImport, Offer, Report, ReportAddress, RowError
from affiliate.models.ban import BanKind
from affiliate.models.duplicates import OnDuplicate
from affiliate.models.lead_import import ImportState

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "Телефон;Имя;Страна;sub1;Отдел\n"


@pytest.fixture
def upload(source, offer):
    def make(text: str, **values):
        data = text if isinstance(text, bytes) else text.encode()
        return files.open_import(source=source, name="leads.csv", pieces=[data], **{"offer": offer} | values)

    return make


def lines(count: int, first: int = 0) -> str:
    return "".join(f"+4071234{number:04};Ion {number};RO;c{number};A\n" for number in range(first, first + count))


def take_in(one: LeadImport) -> LeadImport:
    run.start(one)
    run.run(one.pk)
    one.refresh_from_db()
    return one


def check(one: LeadImport) -> LeadImport:
    run.check(one)
    run.run(one.pk)
    one.refresh_from_db()
    return one


def counts(one: LeadImport) -> tuple:
    return one.state, one.taken, one.repeated, one.refused


def test_rows_become_leads_that_are_routed_and_due(upload, flow, source, offer):
    one = take_in(upload(HEADER + lines(3)))
    assert counts(one) == (ImportState.DONE, 3, 0, 0)
    lead = Lead.objects.order_by("phone").first()
    assert (lead.phone, lead.name, lead.country, lead.sub1) == ("+40712340000", "Ion 0", "RO", "c0")
    assert (lead.source, lead.offer, lead.flow, lead.network) == (source, offer, flow, flow.network)
    assert (lead.delivery, lead.extra) == ("queued", {"Отдел": "A"})
    assert lead.next_attempt_at <= timezone.now()


def test_one_row_is_taken_as_the_service_takes_it(upload, flow, source, offer):
    """The batch and the single door make the same lead of the same data."""
    take_in(upload(HEADER + lines(1)))
    data = {
        "offer": str(offer.pk),
        "phone": "+40712340000",
        "name": "Ion 0",
        "country": "RO",
        "sub1": "c0",
        "Отдел": "A",
    }
    single = leads.take(source=source, data=data, key="other").lead
    own = {"id", "oid", "idempotency_key", "created_at", "next_attempt_at", "deadline_at", "routing"}
    first = Lead.objects.get(idempotency_key__startswith="content-")
    single.refresh_from_db()
    for column in Lead._meta.concrete_fields:
        if column.name not in own:
            assert getattr(first, column.attname) == getattr(single, column.attname), column.name


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Phone number", "phone"),
        ("ТЕЛЕФОН", "phone"),
        ("Номер телефона:", "phone"),
        ("ФИО", "name"),
        ("utm_source", "utm_source"),
        ("Sub1", "sub1"),
        ("IP-адрес", "ip"),
        ("E-mail", "email"),
        ("Order ID", "key"),
        ("Оффер", "offer"),
        ("Кол-во", "quantity"),
        ("Менеджер", "extra"),
    ],
)
def test_columns_are_guessed_from_their_headers(header, field):
    assert columns.guess([header]) == {header: field}


def test_a_second_phone_column_is_kept_beside_the_first():
    assert columns.guess(["phone", "телефон", "Имя", "Фамилия"]) == {
        "phone": "phone",
        "телефон": "extra",
        "Имя": "name",
        "Фамилия": "name",
    }


@pytest.mark.parametrize(
    ("chosen", "has_offer", "words"),
    [
        ({"A": "name"}, True, "phone"),
        ({"A": "phone"}, False, "offer"),
        ({"A": "phone", "B": "phone"}, True, "Only one"),
        ({"A": "phone", "B": "city", "C": "city"}, True, "Only one"),
    ],
)
def test_columns_that_make_no_lead_are_told(chosen, has_offer, words):
    with pytest.raises(ValidationError, match=words):
        columns.check(chosen, has_offer=has_offer)


def test_several_columns_may_make_a_name_and_an_offer_may_stand_in_a_column(upload, flow, offer):
    other = Offer.objects.create(title="Часы Premium")
    text = f"phone;Имя;Фамилия;Оффер\n+40712345678;Ion;Popescu;часы premium\n+40712345679;Ana;Pop;{offer.pk}\n"
    take_in(upload(text, offer=None))
    assert list(Lead.objects.order_by("pk").values_list("name", "offer")) == [
        ("Ion Popescu", other.pk),
        ("Ana Pop", offer.pk),
    ]


def test_a_country_may_be_written_by_its_name(upload, flow):
    take_in(upload("phone;страна\n0712345678;Румыния\n0712345679;romania\n"))
    assert list(Lead.objects.values_list("country", flat=True)) == ["RO", "RO"]


def test_national_numbers_are_read_for_the_imports_country(upload, flow):
    take_in(upload("phone\n0712345678\n", country="RO"))
    assert Lead.objects.get().phone == "+40712345678"


def test_a_check_names_row_column_and_reason_and_takes_nothing(upload, flow):
    one = check(upload(HEADER + lines(1) + "12;Ion;RO;;\n" + "+40712345679;Ana;Atlantis;;\n"))
    assert counts(one) == (ImportState.CHECKED, 1, 0, 2) and not Lead.objects.exists()
    errors = list(RowError.objects.values_list("row", "column", "message"))
    assert [(row, column) for row, column, _message in errors] == [(3, "Телефон"), (4, "Страна")]
    assert "too short" in errors[0][2] and "ATLANTIS" in errors[1][2]


def test_the_same_file_again_brings_nothing_new_and_is_told_before(upload, flow):
    first = take_in(upload(HEADER + lines(3)))
    again = upload(HEADER + lines(3))
    assert files.same_file(again) == first
    assert counts(check(again)) == (ImportState.CHECKED, 0, 3, 0)
    assert counts(take_in(again)) == (ImportState.DONE, 0, 3, 0) and Lead.objects.count() == 3


def test_a_mended_file_brings_only_the_rows_that_were_wrong(upload, flow):
    take_in(upload(HEADER + lines(2) + "12;Ion;RO;;\n"))
    assert counts(take_in(upload(HEADER + lines(2) + "+40712345678;Ion;RO;;\n"))) == (ImportState.DONE, 1, 2, 0)


def test_the_files_own_ids_tell_leads_apart(upload, flow):
    text = "id;phone\nA1;+40712345678\nA2;+40712345678\nA1;+40712345678\nA1;+40712345679\n"
    one = take_in(upload(text))
    assert counts(one) == (ImportState.DONE, 2, 1, 1)
    assert RowError.objects.get().column == "id"
    assert set(Lead.objects.values_list("idempotency_key", flat=True)) == {"A1", "A2"}


def test_a_dead_workers_import_goes_on_after_the_last_committed_row(upload, flow, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 2)
    one = upload(HEADER + lines(7) + "12;;RO;;\n")
    run.start(one)

    class Killed(BaseException):
        pass

    def die(row):
        if row >= 5:
            raise Killed

    with pytest.raises(Killed):
        run.run(one.pk, progress=die)
    one.refresh_from_db()
    assert (one.state, one.position, one.taken) == (ImportState.RUNNING, 5, 4)
    run.run(one.pk)
    one.refresh_from_db()
    assert counts(one) == (ImportState.DONE, 7, 0, 1) and Lead.objects.count() == 7


def test_two_workers_do_not_run_one_import(upload, flow, monkeypatch):
    one = upload(HEADER + lines(3))
    run.start(one)
    seen = []
    run.run(one.pk, progress=lambda row: seen.append(run.run(one.pk)))
    one.refresh_from_db()
    assert counts(one) == (ImportState.DONE, 3, 0, 0) and seen == [None]


def test_a_cancelled_import_stops_after_the_batch_and_keeps_what_was_taken(upload, flow, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 2)
    one = upload(HEADER + lines(6))
    run.start(one)
    run.run(one.pk, progress=lambda row: run.cancel(LeadImport.objects.get(pk=one.pk)))
    one.refresh_from_db()
    assert counts(one) == (ImportState.CANCELLED, 2, 0, 0) and Lead.objects.count() == 2
    with pytest.raises(run.NotNow):
        run.start(one)


def test_the_file_is_deleted_with_the_imports_end(upload, flow):
    one = upload(HEADER + lines(2))
    assert ImportPart.objects.exists() and one.sample
    one = take_in(one)
    assert not ImportPart.objects.exists() and one.sample == []


def test_what_nobody_started_is_forgotten(upload, flow):
    one = upload(HEADER + lines(2))
    done = take_in(upload(HEADER + "12;;RO;;\n"))
    LeadImport.objects.update(created_at=timezone.now() - run.KEPT * 2)
    run.forget()
    one.refresh_from_db()
    assert one.state == ImportState.CANCELLED and not ImportPart.objects.exists()
    assert not done.errors.exists()


def test_a_workbook_is_taken_in_too(upload, flow):
    book = io.BytesIO()
    sheets.write_xlsx([["Телефон", "Имя"], [40712345678, "Ion"]], book)
    one = take_in(upload(book.getvalue()))
    assert (counts(one)[1], Lead.objects.get().phone) == (1, "+40712345678")


@pytest.mark.parametrize(("text", "words"), [("", "no rows"), ("phone\n", "no rows under"), ("%PDF-1.4", "no table")])
def test_a_file_without_leads_is_refused_at_once(upload, text, words):
    with pytest.raises(sheets.Unreadable, match=words):
        upload(text)
    assert not LeadImport.objects.exists()


def test_a_large_file_is_refused(upload, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(sheets.Unreadable, match="larger"):
        upload(HEADER + lines(3))


def test_a_file_that_breaks_off_stops_the_import_and_says_where(upload, flow):
    one = take_in(upload(HEADER + lines(9) + '+40712345678;"' + "x" * 200_000))
    assert one.state == ImportState.FAILED and "quotation mark" in one.problem


def test_bans_required_fields_and_duplicates_hold_for_rows(upload, flow, offer, source, make_lead):
    offer.required_fields, offer.on_duplicate = ["name"], OnDuplicate.REJECT
    offer.save()
    earlier = make_lead(phone="+40712345670")
    Ban.objects.create(kind=BanKind.PHONE, value="+40712345671", reason="Complaints.")
    Ban.objects.create(kind=BanKind.ADDRESS, value="203.0.113.0/24")
    text = (
        "phone;name;ip\n+40712345670;Ion;\n+40712345671;Ion;\n+40712345672;;\n+40712345673;Ion;203.0.113.9\n"
        "+40712345674;Ion;\n+40712345674;Ana;\n"
    )
    one = take_in(upload(text))
    assert counts(one) == (ImportState.DONE, 1, 0, 5)
    told = dict(RowError.objects.values_list("row", "message"))
    assert earlier.oid in told[2] and "Complaints." in told[3] and "name" in told[4]
    assert "black list" in told[5] and "repeats" in told[7]


def test_marked_duplicates_point_to_the_lead_they_repeat(upload, flow, offer, make_lead):
    offer.on_duplicate = OnDuplicate.MARK
    offer.save()
    earlier = make_lead(phone="+40712345670")
    take_in(upload("phone;name\n+40712345670;Ion\n+40712345671;Ion\n+40712345671;Ana\n"))
    repeats = dict(Lead.objects.order_by("pk").values_list("name", "duplicate_of__phone"))
    found = Lead.objects.exclude(duplicate_of=None).order_by("pk")
    assert [(lead.name, lead.duplicate_of.phone) for lead in found] == [
        ("Ion", "+40712345670"),
        ("Ana", "+40712345671"),
    ]
    assert found[0].duplicate_of == earlier and repeats


def test_a_lead_of_a_file_is_reported_as_received(upload, flow, source):
    ReportAddress.objects.create(source=source, name="T", url="https://t.example/?a={oid}", events=["received"])
    reports.refresh()
    take_in(upload(HEADER + lines(2)))
    assert {report.lead.phone for report in Report.objects.all()} == {"+40712340000", "+40712340001"}


def test_a_batch_costs_the_same_statements_however_many_rows(source, flow, offer):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(first, count):
        rows = [
            ({"offer": str(offer.pk), "phone": f"+4071234{number:04}", "country": "RO"}, "")
            for number in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert not any(isinstance(one, Invalid) for one in batch.take_many(source=source, rows=rows))
        return len([query for query in captured if not query["sql"].startswith("INSERT INTO")])

    cost(0, 1)
    assert cost(10, 100) == cost(200, 10) <= 20
