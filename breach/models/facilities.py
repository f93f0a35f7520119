"""Places of detention and who is held where, from when to when."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _


class Facility(models.Model):
    """A facility by its official code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    county = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=60, blank=True)
    field_office = models.CharField(max_length=20, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "facilities"
        indexes = [models.Index(fields=["name"], name="facility_name_idx")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class StandingPlacements(models.Manager["Placement"]):
    """All but what was recorded by mistake: nobody is looked for, or told, at such a place."""

    def get_queryset(self) -> models.QuerySet[Placement]:
        return super().get_queryset().filter(mistaken_at=None)


class Placement(models.Model):
    """One stay at one facility. Stays of one person never overlap; an open stay has no upper bound.

    A stay recorded by mistake is kept for the letters that went there; the usual manager leaves it out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        "breach.AffectedPerson", on_delete=models.PROTECT, related_name="placements"
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="placements")
    period = DateRangeField(
        _("held from, to")
    )  # [from, to): the day of transfer belongs to the new facility
    source = models.CharField(max_length=120, blank=True)
    ended_reason = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    mistaken_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StandingPlacements()
    with_mistakes: models.Manager[Placement] = models.Manager()

    class Meta:
        ordering = ["person", "period"]
        constraints = [
            ExclusionConstraint(
                name="placement_no_overlap",
                expressions=[("person", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=models.Q(mistaken_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(period__isempty=False), name="placement_period_not_empty"
            ),
        ]
