"""HotPartner, https://hotpartner.biz: Orders API, known from one client of 2016; its host is not known today.

That client sends the account's e-mail beside the token. The push and the poll are
therefore descriptions to be completed with what the network's manager says; nothing is sent before.
Sources: the HotPartner class of an open CRM; github Zlabst/cpatracker; Keitaro's template (words of the postback).
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence, Status


class HotPartner(Described):
    slug, title, site = "hotpartner", "HotPartner", "https://hotpartner.biz"
    evidence = Evidence.CLIENT_CODE

    api = Credential(texts.TOKEN)
    hotpartner = Parameter(_("product ID."))
    statuses = {
        "new": Status.WAIT,
        "waiting": Status.WAIT,
        "toconfirmed": Status.HOLD,
        "confirmed": Status.APPROVE,
        "payed": Status.APPROVE,
        "cancel": Status.CANCEL,
    }
    described_push = {
        "method": "POST",
        "encoding": "form",
        "fields": [
            {"name": "order[country]", "value": "{lead.country|alpha3}"},
            {"name": "order[name]", "value": "{lead.name}"},
            {"name": "order[telephone]", "value": "{lead.phone}"},
            {"name": "order[order_items_attributes][0][product_id]", "value": "{hotpartner}"},
            {"name": "order[order_items_attributes][0][price]", "value": "{lead.price}"},
            {"name": "order[order_items_attributes][0][quantity]", "value": "1"},
            {"name": "order[prices_in_currency]", "value": "1"},
            {"name": "order[pl]", "value": "{lead.oid}"},
        ],
        "rules": [{"when": {"path": "0.order.id", "exists": True}, "then": "accepted"}],
        "eid": "0.order.id",
    }
    described_poll = {
        "method": "GET",
        "encoding": "query",
        "batch": 50,
        "fields": [{"name": "user_token", "value": "{api}"}, {"name": "order_ids[]", "value": "{eids}"}],
        "list": "",
        "id": "order.id",
        "status": "order.status",
        "comment": "order.substatus",
        "statuses": {"new": "wait", "success": "approve", "canceled": "cancel", "incorrect": "trash"},
    }
