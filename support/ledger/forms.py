"""The form with which support staff reverses an operation."""

from typing import Any

from django import forms

from stock.booking_serializers import RemarksSerializer
from stock.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH


class ReverseForm(forms.Form):
    """The reason and reference of a reversal. The reason is required and becomes the reversal's note.

    The API's serializer validates both.
    """

    note = forms.CharField(
        label="Reason",
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="The account sees it as the note of the reversal.",
    )
    reference = forms.CharField(
        max_length=MAX_REFERENCE_LENGTH, required=False, help_text="The number of a ticket or letter, if there is one."
    )

    def clean(self) -> dict[str, Any]:
        remarks = RemarksSerializer(data=self.data)
        if remarks.is_valid():
            return remarks.get_remarks()
        for name, errors in remarks.errors.items():
            self.add_error(name, list(errors))
        return self.cleaned_data
