import os

from celery import Celery
from celery.signals import worker_shutting_down

from project import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

broker.install()
app = Celery("project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web threads publish too; without this each of them would find an empty application.
app.set_default()


@worker_shutting_down.connect
def _stop_claiming(**kwargs):
    from affiliate.delivery import push

    push.stopping.set()
