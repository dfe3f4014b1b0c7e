"""Offers and flows out into a table and in again: planned, told row by row, stored whole or not at all."""

import csv
import io

import pytest
from django.utils import translation

from affiliate import sheets
from affiliate.catalogue import export, table
from affiliate.catalogue.importing import Outdated, carry_out, plan
from affiliate.models import Flow, Geo, Network, Offer, SettingChange
from tests.fixtures import make_network

HEAD = ["Offer", "Network", "Flow title", "Geo", "Countries", "Probe: Place ID"]
FLOW = ["Watch", "Network probe", "", "", "", "P1"]


def read(*rows) -> table.Table:
    """The rows as an uploaded CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return table.read(io.BytesIO(text.getvalue().encode()))


def exported() -> list[list]:
    return [[str(cell) for cell in row] for row in export.rows()]


def store(*rows):
    read_in = read(*rows)
    planned = plan(read_in)
    assert planned.problems == []
    return carry_out(read_in, shown=planned.mark())


def problems(*rows) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.message) for one in plan(read(*rows)).problems]


@pytest.fixture
def whole(flow):
    """An offer, a flow and a geo with a value in every column."""
    Offer.objects.update(parameters={"note": "of the offer"})
    Flow.objects.update(
        title="Main",
        countries="BG, RO",
        priority=3,
        weight=7,
        enabled=False,
        daily_cap=50,
        total_cap=900,
        daily_country_caps={"RO": 20},
        total_country_caps={"RO": 300, "BG": 5},
    )
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    return flow


def contents() -> list:
    """All that a table can hold."""
    flows = [
        (
            flow.offer.title,
            flow.network.name,
            *(getattr(flow, name) for name in ("title", "parameters", *export.OF_FLOW)),
        )
        for flow in Flow.objects.order_by("offer__title", "pk")
    ]
    geos = list(Geo.objects.order_by("flow__offer__title", "country").values_list("country", "parameters"))
    return [list(Offer.objects.order_by("title").values_list("title", "enabled", "parameters")), flows, geos]


class TestThereAndBack:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_what_was_exported_changes_nothing(self, whole, language):
        with translation.override(language):
            planned = plan(read(*exported()))
        assert (planned.problems, planned.changes, planned.same) == ([], [], 3)

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_an_empty_hub_becomes_the_same(self, whole, language):
        before = contents()
        with translation.override(language):
            rows = exported()
        number = rows[0].index("Номер потока" if language == "ru" else "Flow number")
        Offer.objects.all().delete()
        for row in rows[1:]:
            row[number] = ""
        store(*rows)
        assert contents() == before

    def test_xlsx_holds_the_same(self, whole):
        file = io.BytesIO()
        sheets.write_xlsx(export.rows(), file)
        planned = plan(table.read(file))
        assert (planned.problems, planned.changes) == ([], [])

    def test_a_table_in_another_language_is_read_too(self, whole):
        with translation.override("ru"):
            rows = exported()
        with translation.override("en"):
            assert plan(read(*rows)).changes == []

    def test_the_export_costs_three_queries_however_many_flows(self, whole, django_assert_num_queries):
        offers = Offer.objects.bulk_create(Offer(title=f"Offer {number}") for number in range(50))
        Flow.objects.bulk_create(Flow(offer=offer, network=whole.network) for offer in offers)
        with django_assert_num_queries(3):
            assert len(exported()) == 1 + 51 + 51 + 1

    def test_a_plan_costs_four(self, whole, django_assert_num_queries):
        rows = exported()
        with django_assert_num_queries(4):
            plan(read(*rows))


class TestWhatARowDoes:
    def test_a_new_offer_gets_its_flow_and_geo(self, network):
        done = store(
            HEAD, ["Tea", "Network probe", "", "", "ro bg", "P1"], ["Tea", "Network probe", "", "BG", "", "P2"]
        )
        flow = Flow.objects.get()
        assert (flow.offer.title, flow.countries, flow.parameters) == ("Tea", "BG, RO", {"place": "P1"})
        assert flow.geos.get().parameters == {"place": "P2"}
        assert [(change.title, change.new) for change in done.changes] == [
            ("Tea", True),
            ("Tea → Network probe", True),
            ("Tea → Network probe: BG", True),
        ]

    def test_the_same_table_again_changes_nothing(self, network):
        rows = [HEAD, ["Tea", "Network probe", "", "", "RO", "P1"], ["Tea", "Network probe", "", "BG", "", "P2"]]
        store(*rows)
        assert store(*rows).changes == [] and Flow.objects.count() == 1

    def test_a_change_tells_the_old_and_the_new_value(self, whole):
        [change] = plan(
            read(["Offer", "Flow number", "Priority", "Probe: Place ID"], ["Watch", whole.pk, "5", "P9"])
        ).changes
        assert change.values == [("Priority", "3", "5"), ("Probe: Place ID", "P1", "P9")]

    def test_columns_that_are_not_there_stay(self, whole):
        before = contents()
        store(["Offer", "Network", "Flow title", "Priority"], ["Watch", "Network probe", "Main", "4"])
        whole.refresh_from_db()
        assert whole.priority == 4
        Flow.objects.update(priority=3)
        assert contents() == before

    def test_an_empty_cell_empties_the_value(self, whole):
        store(["Offer", "Flow number", "Countries", "Daily cap", "Probe: Place ID"], ["Watch", whole.pk, "", "", ""])
        whole.refresh_from_db()
        assert (whole.countries, whole.daily_cap, whole.parameters) == ("", None, {})

    def test_a_flow_is_renamed_by_its_number(self, whole):
        store(["Offer", "Flow number", "Flow title"], ["Watch", whole.pk, "Second"])
        whole.refresh_from_db()
        assert whole.title == "Second"

    def test_rows_that_are_not_there_stay(self, whole):
        store(["Offer", "Enabled"], ["Other", "no"])
        assert Flow.objects.count() == 1 and not Offer.objects.get(title="Other").enabled

    def test_an_offers_value_goes_to_the_offer(self, whole):
        store(["Offer", "Probe: Place ID"], ["Watch", "P0"])
        assert Offer.objects.get().parameters == {"note": "of the offer", "place": "P0"}

    def test_a_parameter_may_be_named_by_its_slug(self, whole):
        store(["Offer", "Flow number", "probe.place"], ["Watch", whole.pk, "P9"])
        whole.refresh_from_db()
        assert whole.parameters == {"place": "P9"}

    def test_each_change_is_on_record(self, whole):
        store(["Offer", "Flow number", "Priority"], ["Watch", whole.pk, "5"])
        record = SettingChange.objects.get(model="affiliate.flow", kind="changed")
        assert record.fields == [{"name": "priority", "old": 3, "new": 5}]

    def test_what_a_flow_will_lack_is_found(self, network):
        [(flow, geos)] = plan(read(HEAD, ["Tea", "Network probe", "", "", "", ""])).touched
        assert (str(flow), geos) == ("Tea → Network probe", [])


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("row", "column", "message"),
        [
            (["", "Network probe", "", "", "", ""], "Offer", "The offer is missing."),
            (["Watch", "Nobody", "", "", "", ""], "Network", "There is no network “Nobody”."),
            (["Watch", "Network probe", "", "XX", "", ""], "Geo", "There is no country “XX”."),
            (["Watch", "Network probe", "New", "", "RO, UK", ""], "Countries", "“RO, UK” cannot be used."),
            (
                ["Watch", "Network probe", "No", "BG", "", ""],
                "Flow title",
                "The offer has no such flow to this network.",
            ),
            (["Watch", "Network probe", "", "BG", "RO", ""], "Countries", "Only flows have it."),
            (["Watch", "", "Main", "", "", ""], "Flow title", "Only flows have it."),
            (["x" * 151, "", "", "", "", ""], "Offer", f"“{'x' * 151}” cannot be used."),
            (["Watch", "Network probe", "New", "", "", "a\x07b"], "Probe: Place ID", "“a\x07b” cannot be used."),
        ],
    )
    def test_it_is_told_with_row_and_column(self, flow, row, column, message):
        assert problems(HEAD, FLOW, row) == [(3, column, message)]

    @pytest.mark.parametrize(
        ("header", "cell"),
        [
            ("Enabled", "maybe"),
            ("Priority", "-1"),
            ("Weight", "99999"),
            ("Daily cap", "1.5"),
            ("Daily caps by country", "RO"),
        ],
    )
    def test_a_value_that_cannot_be_read_is_told(self, flow, header, cell):
        [(row, column, message)] = problems(["Offer", "Flow number", header], ["Watch", flow.pk, cell])
        assert (row, column, message) == (2, header, f"“{cell}” cannot be used.")

    def test_every_row_is_told_at_once(self, flow):
        rows = [["Watch", "Nobody", "", "", "", ""], ["Watch", "", "", "BG", "", ""]]
        assert [row for row, _column, _message in problems(HEAD, *rows)] == [2, 3]

    def test_another_networks_parameter_is_told(self, flow, fake_network):
        make_network(fake_network, "deduping", name="Second")
        [(_row, column, message)] = problems(
            ["Offer", "Network", "Flow title", "twostep.place"], ["Watch", "Second", "", "P1"]
        )
        assert (column, message) == (
            "Probe of two steps: Place ID",
            "Second has no such parameter: it speaks Probe that dedupes.",
        )

    def test_a_second_row_about_the_same_is_told(self, flow):
        assert problems(HEAD, FLOW, FLOW) == [(3, "", "Row 2 is about the same.")]

    def test_several_flows_of_one_name_need_their_number(self, flow):
        Flow.objects.create(offer=flow.offer, network=flow.network)
        assert problems(HEAD, FLOW) == [(2, "Flow number", "The offer has several such flows to this network.")]

    def test_a_flow_keeps_its_offer(self, flow):
        assert problems(["Offer", "Flow number"], ["Tea", flow.pk]) == [
            (2, "Offer", f"Flow {flow.pk} belongs to “Watch”.")
        ]

    def test_an_unknown_column_is_told_and_none_of_it_ignored(self, flow):
        assert problems([*HEAD, "Prioritty"], [*FLOW, "5"]) == [(2, "Prioritty", "There is no such column.")]

    def test_a_column_without_a_value_harms_nobody(self, flow):
        assert problems([*HEAD, "Note"], [*FLOW, ""]) == []

    def test_a_table_without_offers_is_told(self, flow):
        assert problems(["Network"], ["Network probe"])[0][2] == "There is no column “Offer”."

    def test_networks_are_never_made(self, network):
        before = Network.objects.count()
        assert problems(HEAD, ["Tea", "New network", "", "", "", ""])
        assert Network.objects.count() == before


class TestAllOrNothing:
    def test_a_table_that_would_do_something_else_by_now_does_nothing(self, whole):
        read_in = read(["Offer", "Flow number", "Priority"], ["Watch", whole.pk, "5"])
        shown = plan(read_in).mark()
        Flow.objects.update(priority=4)
        with pytest.raises(Outdated):
            carry_out(read_in, shown=shown)
        assert Flow.objects.get().priority == 4

    def test_a_failure_in_the_middle_leaves_nothing(self, network, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(Geo, "save", fail)
        read_in = read(HEAD, ["Tea", "Network probe", "", "", "", "P1"], ["Tea", "Network probe", "", "BG", "", "P2"])
        with pytest.raises(RuntimeError):
            carry_out(read_in, shown=plan(read_in).mark())
        assert not Offer.objects.exists()

    def test_it_survives_the_way_through_the_browser(self, whole):
        read_in = read(*exported())
        assert table.Table.of_json(read_in.as_json()) == read_in
