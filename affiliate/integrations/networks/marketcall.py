"""MarketCall, https://marketcall.ru: how a channel takes leads is not published; statuses by GET affiliate/leads.

Sources: the PHP SDK github supercute/marketcall-sdk-php, which links to the network's documentation (statuses, error
shape, rate limit). Of the states `approved` and `pending` were seen; `hold` and `refused` are inferred from the merchant's
verbs. A list is paged ten rows at a time; `page` is known from the list of offers, which has the same paginator.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.messages import Request
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence, Status


class MarketCall(Described):
    slug, title, site = "marketcall", "MarketCall", "https://marketcall.ru"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://www.marketcall.ru"
    # 60 requests a minute for a key.
    requests_per_second = 1.0
    poll_batch = 50
    nobody = "0"

    api = Credential(texts.TOKEN)
    mcallc = Parameter(_("channel key."))
    mcallp = Parameter(_("program ID."))
    instructions = _("To send leads by API, create a channel and wait until it is activated.")
    statuses = {
        "pending": Status.WAIT,
        "approved": Status.APPROVE,
        "hold": Status.HOLD,
        "refused": Status.CANCEL,
    }

    def poll(self, leads):
        asked, page, pages = Asked(leads), 1, 1
        if not asked.eids:
            return None
        while page <= pages:
            answer = yield Request.get(
                self.url("/api/v1/affiliate/leads"),
                {"id[]": asked.eids, "page": page if page > 1 else None},
                headers={"X-Api-Key": self.api},
                commits=False,
            )
            rows = answer.json.items("data")
            if not answer.ok or rows is None:
                return self.unexpected(answer)
            for row in rows:
                lead = asked.find(eid=row.text("id"), oid=row.text("affiliate_own_id"))
                if lead and (word := row.text("state")):
                    yield self.report(
                        lead,
                        word,
                        eid=row.text("id"),
                        comment=row.text("lead_action.title"),
                        payout=row.text("earn.amount"),
                        currency=row.text("earn.currency"),
                    )
            # A list of the asked ids has no more pages than ids, whatever the answer says.
            page, pages = page + 1, min(answer.json.integer("paginator.total_pages") or 1, len(asked.eids))
        return None
