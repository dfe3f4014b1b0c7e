"""TrafficManager, the panel that several networks run on: leads in by a form, statuses by lists of the network's ids.

Source: the platform's own help, https://demo.trafficmanager.com/en/help/api/leads/new, /leads/get
and /leads-list. The answer of
leads/new is not in it: the lead's UUID is looked for under the names that the platform gives it elsewhere, `id` and `uuid`.
Neither is a field for our id, an IP or a click in it. Which status is ours is a reading of the help's descriptions.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted
from affiliate.vocabulary import Evidence, Status


class TrafficManager(Integration):
    """Networks of this platform put their own parameters in place of `tmoffer` and `tmsite`: see `offer` and `site_id`."""

    slug, title, site = "trafficmanager", "TrafficManager", "https://trafficmanager.com"
    evidence = Evidence.DOCUMENTED
    needs_base_url = True
    poll_batch = 50

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    tmoffer = Parameter(texts.OFFER_ID)
    tmsite = Parameter(_("landing page ID; without it the offer's oldest page with a form is taken."), required=False)
    statuses = {
        "STATUS_PENDING": Status.WAIT,
        "STATUS_CALL_BACK": Status.WAIT,
        "STATUS_UNREACHABLE": Status.WAIT,
        "STATUS_POTENTIAL_DOUBLE": Status.WAIT,
        "STATUS_CONFIRMED": Status.APPROVE,
        "STATUS_APPROVED": Status.APPROVE,
        "STATUS_SHIPPED": Status.APPROVE,
        "STATUS_DELIVERED": Status.APPROVE,
        "STATUS_CANCELED": Status.CANCEL,
        "STATUS_RETURNED": Status.CANCEL,
        "STATUS_DOUBLE": Status.TRASH,
        "STATUS_TRASH": Status.TRASH,
    }

    @property
    def offer(self) -> str:
        return self.tmoffer

    @property
    def site_id(self) -> str:
        return self.tmsite

    @property
    def account(self) -> dict[str, str]:
        return {"x-user-id": self.user, "x-api-key": self.api}

    def push(self, lead):
        place = {"street-address": lead.address, "address-level2": lead.city, "address-level1": lead.region}
        answer = yield Request.form(
            self.url("/api/v1/leads/new"),
            {
                "offer": self.offer,
                **filled({"lp": self.site_id}),
                "name": lead.name,
                "tel": lead.phone,
                **filled({"given-name": lead.first_name, "family-name": lead.last_name}),
                **filled(place | {"postal-code": lead.zip, "email": lead.email}),
            },
            headers=self.account,
        )
        eid = answer.json.text("id") or answer.json.text("uuid")
        return Accepted(eid) if answer.ok and eid else self.unexpected(answer)

    def check(self, nobody):
        """The list of one day's leads. A lead that is not there answers 404, as a wrong address does: it would tell nothing."""
        day = nobody.since.date()
        answer = yield Request.get(self.url(f"/api/v1/leads-list/{day}/{day}"), headers=self.account, commits=False)
        return None if answer.ok and answer.json.items() is not None else self.unexpected(answer)

    def poll(self, leads):
        asked = Asked(leads)
        groups = [asked.eids] if asked.eids else []
        while groups:
            eids = groups.pop(0)
            answer = yield Request.get(
                self.url(f"/api/v1.1/leads/{','.join(eids)}"), headers=self.account, commits=False
            )
            if answer.status == 404 and len(eids) > 1:
                # One lead that is not there may spoil the answer for all: ask for each alone.
                groups += [[eid] for eid in eids]
                continue
            if answer.status == 404:
                yield self.report(asked.find(eid=eids[0]), "HTTP 404: no such lead")
                continue
            rows = [answer.json] if answer.json.has("id") else answer.json.items()
            if not answer.ok or rows is None:
                return self.unexpected(answer)
            for row in rows:
                if lead := asked.find(eid=row.text("id")):
                    yield self.report(lead, row.text("leadStatus"))
        return None
