"""Creating a team, moving somebody, assigning an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from breach.access import staff_who_have
from breach.models import Team, User

if TYPE_CHECKING:
    _UserField = forms.ModelChoiceField[User]
else:
    _UserField = forms.ModelChoiceField


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=80)


class MemberChoice(_UserField):
    """Somebody of the staff, with desk and present team."""

    def label_from_instance(self, obj: User) -> str:
        desk = str(obj.get_role_display())
        return f"{obj.label} ({desk}, {obj.team.name})" if obj.team else f"{obj.label} ({desk})"


class MemberForm(forms.Form):
    """One person: member `of` a team, or of any team `but` this one."""

    member = MemberChoice(queryset=User.objects.none(), label=_("Who"), empty_label=_("Choose one"))

    def __init__(
        self, data: Any, *, of: Team | None = None, but: Team | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        staff = staff_who_have([]).filter(is_active=True).select_related("team")
        if of is not None:
            staff = User.objects.filter(team=of)
        if but is not None:
            staff = staff.exclude(team=but)
        field = self.fields["member"]
        assert isinstance(field, MemberChoice)
        field.queryset = staff.order_by("first_name", "username")


class IncidentTeamsForm(forms.Form):
    """Any number of teams; none means everybody."""

    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(), label=_("Teams that have this incident"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("If no team is chosen, it is everybody's."),
    )  # fmt: skip

    def __init__(self, data: Any, *, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["teams"].queryset = teams  # type: ignore[attr-defined]  # ModelMultipleChoiceField
