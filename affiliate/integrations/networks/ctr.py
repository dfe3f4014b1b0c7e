"""CTR, https://ctr.ru. api.php of thank-you.pro: key and method in the query, multipart order; statuses by a described poll.

Sources: the CtrApiClient class that comes with the network's landings, a lander that posts `order_add`, handlers of trackers
for the postback's numbers. The success form of `get_order_status` was not seen, hence no poll here, nor was the name of
the id that `order_add` gives: statuses are asked by our own id, `out_order_id`.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class CTR(Integration):
    slug, title, site = "ctr", "CTR", "https://ctr.ru"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://thank-you.pro"

    api = Credential(texts.TOKEN)
    ctr = Parameter(texts.SITE_ID)
    statuses = {
        "0": Status.WAIT,
        "1": Status.WAIT,
        "3": Status.APPROVE,
        "4": Status.CANCEL,
        "13": Status.CANCEL,
        "77": Status.CANCEL,
        "88": Status.CANCEL,
        "99": Status.CANCEL,
    }

    # A successful answer was not seen.
    described_poll = {
        "url": "{base_url}/api.php",
        "encoding": "query",
        "batch": 1000,
        "fields": [
            {"name": "key", "value": "{api}"},
            {"name": "method", "value": "get_order_status_with_comment"},
            {"name": "out_order_ids", "value": "{oids|join:,}"},
        ],
        "errors": [{"when": {"path": "error.text", "exists": True}, "then": "postponed"}],
        "id_is": "oid",
    }

    def push(self, lead):
        utms = ("utm_source", "utm_content", "utm_medium", "utm_campaign")
        answer = yield Request.multipart(
            self.url("/api.php"),
            {
                "fio": lead.name,
                "phone": lead.phone,
                "address": lead.address,
                "site_id": self.ctr,
                "country": lead.country,
                "out_order_id": lead.oid,
                "ip": lead.ip,
                "ua": lead.user_agent,
                **filled({"referer": lead.referer, "sub_id": lead.sub1}),
                **filled({name: getattr(lead, name) for name in utms}),
            },
            query={"key": self.api, "method": "order_add"},
        )
        # Errors, a bad key among them, come with HTTP 200 and a text without a code; any other HTTP code is a failure.
        reason = answer.json.text("error.text")
        if reason and answer.status == 200:
            return Refused(reason)
        if answer.status == 200 and answer.json.truthy("result.success"):
            return Accepted()
        return self.unexpected(answer)
