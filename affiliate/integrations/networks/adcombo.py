"""AdCombo, https://adcombo.com. API v2: everything in the query of a GET; statuses by a poll over a date range.

Sources: about ten landing-page clients of order/create; michael2rain/adcombo-integration-for-wooCommerce (every field of the
answer); ernestbrennan/affninja-backend (push, postback); VladislavKrets/adcombochecker (order/status); Keitaro's page on
AdCombo. Of the poll's words only `confirmed` was seen, the others follow the columns of the statistics API.
"""

from datetime import timedelta

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration, windows
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Refused
from affiliate.vocabulary import Evidence, Status

CURRENCY = "USD"


class AdCombo(Integration):
    slug, title, site = "adcombo", "AdCombo", "https://adcombo.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.adcombo.com"

    api = Credential(texts.TOKEN)
    adcombo = Parameter(texts.OFFER_ID)
    statuses = {
        "confirmed": Status.APPROVE,
        "hold": Status.HOLD,
        "rejected": Status.CANCEL,
        "trashed": Status.TRASH,
        "trash": Status.TRASH,
        "lead": Status.APPROVE,  # this and the next: the postback's words
        "reject": Status.CANCEL,
    }
    poll_batch = 500
    polls_by_oid = True
    nobody = "0"

    def push(self, lead):
        answer = yield Request.get(
            self.url("/api/v2/order/create/"),
            {
                "api_key": self.api,
                "offer_id": self.adcombo,
                "name": lead.name,
                "phone": lead.phone,
                "country_code": lead.country,
                "price": "" if lead.price is None else lead.price,
                "base_url": lead.landing_url,
                "ip": lead.ip,
                "referrer": lead.referer,
                "clickid": lead.oid,
                "subacc": lead.oid,
                **filled({"subacc2": lead.sub2, "subacc3": lead.sub3, "subacc4": lead.sub4}),
                "ext_in_id": lead.oid,
                "quantity": lead.quantity,
                **filled({"email": lead.email, "address": lead.address}),
                **lead.utm,
            },
        )
        code, eid = answer.json.text("code"), answer.json.text("order_id")
        if not answer.ok or not code:
            return self.unexpected(answer)
        if code.lower() != "ok":
            return Refused(answer.json.text("error") or f"code {code}")
        if not eid:
            return self.unexpected(answer)
        return Duplicate(eid) if answer.json.truthy("is_double") else Accepted(eid)

    def poll(self, leads):
        asked = Asked(leads)
        for start, end in windows(leads, longest=timedelta(days=30)):
            span = {"ts": int(start.timestamp()), "te": int(end.timestamp())}
            answer = yield Request.get(
                self.url("/api/v2/order/status"),
                {"api_key": self.api, **span, "currency_code": CURRENCY},
                commits=False,
            )
            orders = answer.json.items("data")
            if not answer.ok or orders is None:
                return self.unexpected(answer)
            for order in orders:
                if lead := asked.find(eid=order.text("order_id"), oid=order.text("subacc_1")):
                    yield self.report(
                        lead,
                        order.text("status"),
                        eid=order.text("order_id"),
                        payout=order.text("price"),
                        currency=CURRENCY,
                    )
        return None
