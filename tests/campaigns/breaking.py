"""What goes wrong on purpose in web and worker, with somebody's data in hand and in the message."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable

from celery import shared_task
from django.http import HttpRequest, HttpResponse

from breach.models import AffectedPerson

HEADER = "X-Canary-Break"


class Break:
    """The innermost middleware: raises over whatever was sent, when the header says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if HEADER in request.headers:
            sent = {**request.POST.dict(), **request.GET.dict()}
            warnings.warn(f"this does not look right: {sent}", RuntimeWarning, stacklevel=1)
            raise ValueError(f"cannot do anything with {sent}")
        return self.get_response(request)


@shared_task(name="canary.fail")
def fail(person_id: str) -> None:
    """Dies over a name, as a task with a fault would."""
    person = AffectedPerson.objects.get(pk=person_id)
    print(f"looking at {person_id}")
    raise ValueError(f"cannot write to {person.full_name} of {person.birth_date}")


@shared_task(name="canary.fall", acks_late=False, reject_on_worker_lost=False)  # once is enough
def fall(person_id: str) -> None:
    """Is killed while a name is open."""
    person = AffectedPerson.objects.get(pk=person_id)
    opened = [person.full_name, str(person.birth_date)]
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(opened)
