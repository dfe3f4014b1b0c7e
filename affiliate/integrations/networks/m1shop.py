"""M1 Shop, https://m1.top. Order form with the account's id and key; statuses by a list of ids.

Sources: http://telegra.ph/api-03-05 (copy of the network's help), its PHP file for landing pages, a client with all branches
of the answer, status pollers. `product_id` is the product's id on the offer's card, not the offer's id of the feed. The
host may answer 307 with cookies and wait for the same request again. After an approval 4 is a return; that 3 is a buy-out
(approved still) is the better supported reading, one client takes it for a refusal.
"""

from dataclasses import replace

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class M1Shop(Integration):
    slug, title, site = "m1shop", "M1 Shop", "https://m1.top"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://m1.top"
    poll_batch = 50

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    m1 = Parameter(texts.OFFER_ID)
    statuses = {
        "0": Status.WAIT,
        "1": Status.APPROVE,
        "2": Status.CANCEL,
        "3": Status.APPROVE,
        "4": Status.CANCEL,
        "new": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
    }

    def push(self, lead):
        request = Request.form(
            self.url("/send_order/"),
            {
                "ref": self.user,
                "api_key": self.api,
                "product_id": self.m1,
                "phone": lead.phone,
                "name": lead.name,
                "ip": lead.ip,
                "s": lead.oid,
                **filled({"w": lead.sub2, "t": lead.sub3, "p": lead.sub4, "m": lead.sub5}),
                **filled({"langCode": lead.country, "referer": lead.referer}),
            },
        )
        answer = yield replace(request, follow_redirects=True)
        result, order = answer.json.text("result"), answer.json.text("id")
        if answer.ok and result == "ok" and order:
            return Accepted(order)
        if result in ("", "ok") or not (answer.ok or answer.status in (400, 409, 422)):
            return self.unexpected(answer)
        if result == "visit_ok":
            return Refused("visit_ok: counted as a visit, no order was made")
        return Refused(answer.json.text("message") or f"result {result}")

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.get(
            self.url("/get_order_status/"),
            {"ref": self.user, "api_key": self.api, "id": ",".join(asked.eids)},
            commits=False,
            follow_redirects=True,
        )
        keyed = answer.json.entries("result")
        rows = answer.json.items("result") if keyed is None else keyed.values()
        if not answer.ok or rows is None:
            return self.unexpected(answer)
        for row in rows:
            if lead := asked.find(eid=row.text("m1_id") or row.text("id")):
                said = filter(None, (row.text("comment"), row.text("callcenter_comment")))
                # The mark beats the number: a rejected lead with it is trash.
                trash = Status.TRASH if row.truthy("trash") else None
                yield self.report(lead, row.text("status"), status=trash, comment="; ".join(said))
