"""A network's protocol described in JSON or YAML: no code in it, nothing of it is evaluated.

    notes: who gave the document, when
    statuses: {confirmed: approve, in work: wait}       # the network's word -> wait, hold, approve, cancel or trash
    push:
      confirmed: true                                   # false while it is unfinished: nothing is sent
      url: "{base_url}/api/lead"                        # only base_url and credentials may stand in the host
      method: POST                                      # GET, POST, PUT, PATCH; GET for the encoding query, else POST
      encoding: json                                    # query, form (the default), json, multipart, xml
      root: order                                       # xml only: the outer element, `request` when absent
      headers: {X-Sign: "{sign.total}"}
      signatures: {total: {hash: hmac-sha256, of: "{body}", key: "{secret}"}}
      fields:                                           # in this order
      - {name: client.phone, value: "{lead.phone|digits}"}
      - {name: "items[0][id]", value: "{offer_id}", type: number}
      - {name: click, value: "{lead.oid}", optional: true}
      rules:                                            # the first that holds decides; none: by HTTP code, as unclear
      - {when: {http: 200-299, path: status, equals: ok}, then: accepted}
      - {when: {path: error.code, in: [7, 8]}, then: duplicate}
      - {when: [{http: "400,422"}, {text: wrong phone}], then: refused, status: trash}
      - {when: {http: 401}, then: misconfigured}
      eid: data.id
      reason: [error.message, message]
      status: data.state
    poll:
      confirmed: true                                   # a poll that nobody confirmed is off
      url: "{base_url}/api/status"
      fields: [{name: ids, value: "{eids|join:,}"}]     # or `{eids}`: a repeated name; or `{lead.eid}`: one by one;
                                                        # without any of them the answer has to list every lead
      batch: 100                                        # leads a request
      errors: [{when: {path: error, exists: true}, then: misconfigured}]     # or postponed, or absent: lead not known
      list: data                                        # "" the answer itself; rows of an object keyed by id have no `id`
      id: order_id
      id_is: eid                                        # or oid
      status: state
      comment: note
      payout: money
      currency: currency
      statuses: {paid: approve}                         # words that mean something else here than in postbacks

Conditions: `http`; `path` with `equals`, `in`, `exists: true` or `absent: true`; `text` somewhere in the answer. All of one
`when` must hold. Words are compared whatever their capitals, numbers as text; null, false, 0 and what is empty count as
absent. A range of codes leaves out 408, 425, 429 and 503: "try later" at any service, unless a rule names that code alone.
Paths are dotted, `data.0.id`; of an XML answer they begin below the root, attributes are `@name`.
Placeholders and their formats: `placeholders.py`; names that can be used: `scopes.py`.
"""

from affiliate.integrations.description.checks import Problem
from affiliate.integrations.description.files import BadDescription, dump, load
from affiliate.integrations.description.parts import starter
from affiliate.integrations.description.validation import validate

__all__ = ["BadDescription", "Problem", "dump", "load", "starter", "validate"]
