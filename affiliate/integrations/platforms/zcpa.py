"""The API that AdBees (ZCPA) and ArbitPro share: `/lead/add` with `api_key`, `phone`, `fio`, `ip` and one JSON verdict.

Source: another network's client of api.adbees.com. It looks at the body alone, whatever the HTTP code: accepted is a JSON
object with `success` true and no `error`. The types of `transaction_id` and `error` were not seen.
"""

from affiliate.integrations.base import Integration
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Accepted, Outcome, Refused


class Zcpa(Integration):
    def verdict(self, answer: Answer) -> Outcome:
        said = answer.json
        success, wrong, eid = said.truthy("success"), said.has("error"), said.text("transaction_id")
        if success and not wrong and eid:
            return Accepted(eid)
        refused = not success and (wrong or said.has("success"))
        if refused and answer.status in (200, 400, 409, 422):
            return Refused(said.text("error") or answer.excerpt)
        return self.unexpected(answer)
