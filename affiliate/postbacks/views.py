import logging

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from affiliate.models.encryption import CannotDecrypt
from affiliate.postbacks import calls, journal
from affiliate.postbacks.answers import Word, answer

log = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST", "HEAD"])
def status(request: HttpRequest, extension: str) -> HttpResponse:
    """A network tells what became of a lead. 503 only when the call was not kept, so that the network repeats it."""
    try:
        word = journal.keep(calls.read(request))
    except (DatabaseError, CannotDecrypt):
        log.exception("a postback could not be kept")
        word = Word.DB
    return answer(word, extension)
