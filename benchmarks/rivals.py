"""What postbacks and leads in are measured against: a Django project of the same settings whose views write at once.

Without middleware; run as a WSGI application.
"""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import JsonResponse
from django.urls import path
from django.utils import timezone

settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []
application = get_wsgi_application()

from affiliate.models import Lead, Postback, StatusChange

# `first_run` makes it.
SOURCE = 1
MEANINGS = {"approved": "approve", "rejected": "cancel"}


def insert(request):
    """One INSERT."""
    _keep(request)
    return JsonResponse({"status": "ok"})


@transaction.atomic
def lock(request):
    """Locks the lead, updates it, writes its history and the call."""
    lead = Lead.objects.select_for_update().get(oid=request.GET["oid"])
    old, lead.status, lead.status_at = lead.status, MEANINGS[request.GET["status"]], timezone.now()
    lead.save(update_fields=["status", "status_at"])
    StatusChange.objects.create(lead=lead, old=old, new=lead.status, source="postback")
    _keep(request, lead=lead, verdict="applied")
    return JsonResponse({"status": "ok"})


def lead(request):
    """One INSERT of a lead as it was sent."""
    sent = json.loads(request.body)
    lead = Lead(source_id=SOURCE, offer_id=sent.pop("offer"), next_attempt_at=timezone.now(), **sent)
    lead.save(force_insert=True)
    return JsonResponse({"oid": lead.oid})


def _keep(request, **values):
    Postback.objects.create(
        method=request.method, query=request.META["QUERY_STRING"], fields=request.GET.dict(), **values
    )


urlpatterns = [path("insert", insert), path("lock", lock), path("lead", lead)]
