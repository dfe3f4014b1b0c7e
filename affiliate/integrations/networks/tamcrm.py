"""Tamyonetim / TamCRM, https://api.tamcrm.com. One script: the field `task` says what to do; statuses by a poll of our ids.

Source: ernestbrennan/affninja-backend, which spoke to http://tamyonetim.com/api.php and quotes the documentation
http://tamyonetim.com/data/docs/Lorem-Ipsuma-CRM-API.pdf (19 statuses). What has changed since on api.tamcrm.com, the host of
the specification, was not seen. The user's id stands where that client sent the key it had made for itself (`ref_key`),
campaign_id where it sent the product; `ref_address`, the client's own domain, goes empty.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Postponed
from affiliate.vocabulary import Evidence, Status

# Words from after the call centre's yes. They count once `conversion` is true, that is after quality control; a parcel that
# came back or was refunded afterwards stays the affiliate's.
SOLD = ("approved", "quality_control", "shipping_queue", "shipped", "delivered", "undelivered", "rejected", "refund")


class TamCRM(Integration):
    slug, title, site = "tamcrm", "Tamyonetim / TamCRM", "https://api.tamcrm.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.tamcrm.com"
    needs_base_url = True
    poll_batch = 100
    polls_by_oid = True
    nobody = "0"

    api = Credential(_("key given by the customer."))
    user = Credential(_("user ID given by the customer."))
    tamcrm = Parameter(_("ID of the campaign (campaign_id)."))
    instructions = "URL: api.tamcrm.com"
    statuses = {
        **dict.fromkeys(("waiting", "process", "lead", "suspicious", "called"), Status.WAIT),
        "call_later": Status.HOLD,
        **dict.fromkeys(("trash", "invalid", "unreachable"), Status.TRASH),
        "canceled": Status.CANCEL,
        **dict.fromkeys(SOLD, Status.APPROVE),
    }

    def push(self, lead):
        answer = yield self.task(
            "lead",
            {
                "ref_lead_id": lead.oid,
                "full_name": lead.name,
                "phone": lead.phone,
                **filled({"customer_note": lead.comment}),
                "product_id": self.tamcrm,
            },
        )
        verdict = answer.json.text("status")
        if answer.ok and verdict == "success":
            return Accepted()
        # The client in the field sends such a lead again later.
        if answer.ok and verdict == "error":
            return Postponed(answer.excerpt)
        return self.unexpected(answer)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield self.task("enquiry", {"ref_lead_ids": ",".join(lead.oid for lead in leads)}, commits=False)
        rows = answer.json.entries("data")
        if not answer.ok or answer.json.text("status") != "success" or rows is None:
            return self.unexpected(answer)
        for oid, row in rows.items():
            if lead := asked.find(oid=oid):
                word = row.text("status")
                waits = word in SOLD and not row.truthy("conversion")
                yield self.report(lead, word, status=Status.WAIT if waits else None)
        return None

    def task(self, name, fields, *, commits=True):
        account = {"api_key": self.api, "ref_key": self.user, "ref_address": ""}
        common = {"task": name, "format": "json", "api_language": "en-GB", **account}
        return Request.multipart(self.url("/api.php"), common | fields, commits=commits)
