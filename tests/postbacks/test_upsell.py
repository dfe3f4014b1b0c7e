"""Another payout for an approved lead: by the network's rule it replaces the one before or is added to it."""

from decimal import Decimal

import pytest

from affiliate.models import Network


@pytest.fixture
def pay(applied, lead):
    """Reports a payout; the lead's payout afterwards."""

    def reporting(amount, status="approve", cc="USD", **fields):
        applied(oid=lead.oid, status=status, pay=str(amount), cc=cc, **fields)
        lead.refresh_from_db()
        return lead.payout

    return reporting


@pytest.fixture
def adding(network):
    Network.objects.update(upsell="add")


def test_by_default_the_new_payout_replaces_the_old_one(pay):
    assert [pay(10), pay(15)] == [10, 15]


@pytest.mark.usefixtures("adding")
class TestAdding:
    def test_payouts_add_up(self, pay):
        assert [pay(10), pay(5), pay(2)] == [10, 15, 17]

    def test_a_repeated_call_adds_nothing(self, pay):
        assert [pay(10), pay(5), pay(10), pay(5), pay(5)] == [10, 15, 15, 15, 15]

    def test_calls_of_one_batch_add_up_too(self, call, lead):
        from affiliate.postbacks import drain

        for amount in (10, 5, 5, 10, 1):
            call(oid=lead.oid, status="approve", pay=str(amount), cc="USD")
        drain.apply_due()
        lead.refresh_from_db()
        assert lead.payout == 16

    def test_the_amounts_as_reported_stay_in_the_history(self, pay, lead):
        pay(10), pay(5)
        assert list(lead.status_changes.values_list("payout", flat=True)) == [10, 5]

    def test_the_journal_tells_the_new_sum(self, pay, lead):
        pay(10), pay(5)
        detail = lead.postbacks.order_by("-pk").first().detail
        assert detail == [{"code": "payout", "payout": "15 USD"}]

    def test_an_approval_confirms_what_was_on_hold(self, pay):
        assert [pay(10, "held"), pay(10), pay(5)] == [10, 10, 15]

    def test_a_payout_that_comes_after_its_approval_is_no_upsell_of_the_hold(self, pay, applied, lead):
        pay(10, "held")
        applied(oid=lead.oid, status="approve")
        assert pay(10) == 10

    def test_after_a_cancel_the_sum_starts_anew(self, pay, applied, lead):
        pay(10), pay(5)
        applied(oid=lead.oid, status="cancel")
        assert [pay(10), pay(5)] == [10, 15]

    def test_another_currency_cannot_be_added(self, pay, lead):
        pay(10)
        assert pay(5, cc="EUR") == 5
        assert lead.payout_currency == "EUR"

    def test_an_amount_without_a_currency_is_in_the_known_one(self, pay):
        assert [pay(10), pay(5, cc="")] == [10, 15]


@pytest.mark.parametrize("rule", ["replace", "add"])
def test_a_sum_that_no_column_holds_is_left_out(pay, rule):
    Network.objects.update(upsell=rule)
    assert pay("9999999999.99999") is None
    assert pay("9999999999.9999") == Decimal("9999999999.9999")
    assert pay("9999999999") == Decimal("9999999999.9999" if rule == "add" else "9999999999")
