"""Request and response bodies of the import."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from core.fields import SumField, TextField
from core.files.encodings import BY_PARAMETER
from core.http.browsers import PAGE_FIELDS
from core.lists.filters import StrictIntegerField
from core.sentences import fill
from core.serializers import CachedFieldsSerializer
from products.filing.header_rows import MAX_HEADER_LINE, NO_HEADER
from products.filing.reading.progress import IMPORT_STATES
from products.filing.states import ALSO_CREATED, MAX_CHOICE_LENGTH, VALUES

MAX_MAPPING_LENGTH = 10_000
NONE_WORD = "none"  # the value of `header` for a file without one
MAX_ENCODING_LENGTH = 20
MAPPING_DESCRIPTION = (
    "What columns with other names mean: `Preis netto:cost_price,Regal:` reads the first as `cost_price` and ignores"
    ' the second. A name with a comma is in quotes, with its column: `"Preis, netto:price"`. `=D:price` reads the'
    " fourth column, whatever its name. `Depot:quantity [Depot]` reads the stock at this location,"
    " and the cells of `Size:name_part` are added to the name."
)
TABLE_MAPPING = (
    "What columns with other names mean: `Stock no.:sku,Photo:` reads the first as `sku` and ignores the second."
    " `=D:quantity` reads the fourth column, whatever its name."
)
CREATE_RATES = "Create the rates of VAT that the file names and the shop does not have."
CREATE_MISSING = "Create the suppliers and locations that the file names and the shop does not have."
MOVING = (
    "Give each parameter that is not sent the value that files of other systems need: `no_price=zero`,"
    " `below_zero=zero`, `unknown=keep`, `wrong_rows=skip`, `fractions=amounts`, `repeated=add` and"
    " `create_missing=true`. This does not change how a file of this service is read."
)
CHOICES = {
    "no_price": (
        "Rows without a price: `zero` leaves the price of a product that exists, and creates others at 0.00; `refuse`"
        " refuses the file."
    ),
    "below_zero": "Quantities below zero: `zero` reads them as 0, and `refuse` refuses the file.",
    "unknown": (
        "Unknown columns: `ignore` leaves them out, and `keep` reads them as own fields of the shop, which are created"
        " as far as the shop may have more; `refuse` refuses the file."
    ),
    "wrong_rows": (
        "Wrong rows: `skip` leaves them out and imports the others; `refused` in the response has their number, and"
        " `/api/products/import/refused/{id}/file/` the rows with their reasons. `refuse` refuses the file."
    ),
    "fractions": (
        "Quantities with decimal places of new products: `amounts` creates these products with as many `decimals`, and"
        " rounds money to cents; `refuse` refuses the file."
    ),
    "quantities": (
        "What the quantities mean for products that exist: `set` is the stock that they will have, `add` is added to"
        " their stock, and `leave` leaves it, as for a list of prices."
    ),
    "conflicts": (
        "Cells that differ from the shop, which has changed these fields since the file was exported: `leave` leaves"
        " what the shop has, and `overwrite` writes the cells. `conflicts` in the response lists them."
    ),
    "archived": (
        "Rows that no product matches, but whose external id is that of an archived product: `create` creates another"
        " product, and `refuse` refuses the row. To bring the archived products back, restore them first."
    ),
    "repeated": (
        "Rows that have the same product, location and lot as an earlier row: `add` adds their quantities to that row,"
        " if they differ in nothing but that, or have the same code and differ only in the cost price, the supplier,"
        " the date or own fields; `first` leaves them out; `refuse` refuses them."
    ),
    "no_quantity": (
        "New products without a quantity, in a file that is sent with `moving`: `zero` creates them with a stock of 0,"
        " and `uncounted` as products whose stock is not counted, such as services."
    ),
    "decimal_sign": (
        "Numbers such as `1,500` that no other number of the file explains: `point` reads 1500, `comma` 1.5, and `shop`"
        " as the files of the shop have them."
    ),
}
HEADER = (
    "The line of the file in which the names of the columns begin, by default the first one with names that are known."
    " Rows above it are left out. With `none`, the first row is a product, and columns have the names `A`, `B`, …"
)
# It is a text, because generated clients have no unions of types.
HEADER_SCHEMA: dict[str, Any] = {"type": "string", "maxLength": 4, "pattern": f"^({NONE_WORD}|[0-9]{{1,4}})$"}
ENCODING = f"The encoding of a CSV file, by default the one that its letters show: one of {', '.join(BY_PARAMETER)}."
DRY_RUN = "Return the result of the import, without importing"


class TextsField(serializers.ListField):
    """A list of texts."""

    child = serializers.CharField()


class ImportProgressSerializer(CachedFieldsSerializer):
    """The progress of an import."""

    state = serializers.ChoiceField(
        choices=IMPORT_STATES,
        help_text="`idle`: no import is running. `saving`: all rows are read, and the products are being written.",
    )
    rows = serializers.IntegerField(allow_null=True, help_text="The rows read so far; null unless it is reading.")


# It has no enum, because generated clients need enums without common values.
@extend_schema_field({"type": "string", "maxLength": MAX_CHOICE_LENGTH})
class ImportChoiceField(serializers.ChoiceField):
    """The value of a choice of the import, or an empty text if it is not given."""

    def __init__(self, name: str) -> None:
        super().__init__(choices=VALUES[name], required=False, allow_blank=True, help_text=CHOICES[name])


@extend_schema_field({"type": "string", "maxLength": MAX_ENCODING_LENGTH})
class EncodingField(serializers.ChoiceField):
    """An encoding. It has no enum, for the reason of ImportChoiceField."""


class HeaderParameter(StrictIntegerField):
    """The line of the header in the address."""

    def __init__(self) -> None:
        super().__init__(max_value=MAX_HEADER_LINE)

    def to_python(self, value: Any) -> int | None:
        return NO_HEADER if value == NONE_WORD else super().to_python(value)


HEADER_PARAMETER = HeaderParameter()


@extend_schema_field(HEADER_SCHEMA)
class HeaderField(serializers.IntegerField):
    """The line of the header in a form."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, min_value=1, max_value=MAX_HEADER_LINE, help_text=HEADER)

    def run_validation(self, data: Any = empty) -> Any:
        return NO_HEADER if data == NONE_WORD else super().run_validation(data)


class FileSerializer(CachedFieldsSerializer):
    """The form of an import of any file."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="CSV, or a workbook (.xlsx, .ods) of which the first sheet is read."
    )
    dry_run = serializers.BooleanField(required=False, help_text=f"{DRY_RUN}.")
    encoding = EncodingField(choices=[*BY_PARAMETER], required=False, allow_blank=True, help_text=ENCODING)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse unknown fields, which may be a misspelled `dry_run`, and more than one file."""
        known = {*self.fields, *PAGE_FIELDS}
        if unknown := sorted(set(self.initial_data) - known):
            message = fill("There is no such field. The fields are: {fields}.", fields=", ".join(self.fields))
            raise serializers.ValidationError({name: [message] for name in unknown})
        if len(self.initial_data.getlist("file")) != 1:
            raise serializers.ValidationError({"file": [gettext("Send one file.")]})
        return attrs


def mapping_field(help_text: str) -> TextField:
    """Return the field that says what columns with other names mean."""
    return TextField(required=False, allow_blank=True, max_length=MAX_MAPPING_LENGTH, help_text=help_text)


@extend_schema_serializer(component_name="File")  # as releases name it
class TableFileSerializer(FileSerializer):
    """The form of an import of a small table."""

    columns = mapping_field(TABLE_MAPPING)


class ImportSerializer(FileSerializer):
    """The form of an import of products."""

    columns = mapping_field(MAPPING_DESCRIPTION)
    create_missing = serializers.BooleanField(required=False, help_text=CREATE_MISSING)
    moving = serializers.BooleanField(required=False, help_text=MOVING)
    create_rates = serializers.BooleanField(required=False, help_text=CREATE_RATES)
    header = HeaderField()

    def get_fields(self) -> Any:
        return super().get_fields() | {name: ImportChoiceField(name) for name in VALUES}


class ImportedColumnSerializer(CachedFieldsSerializer):
    """A column of the file, and the column of a product that it is read as."""

    name = serializers.CharField()
    column = serializers.CharField(allow_null=True, help_text="Null if the column is ignored or unknown.")
    role = serializers.CharField(
        allow_null=True,
        help_text=(
            "What else the column is in the file of another system, such as `parent`, `axis`, `value`, `place`;"
            " `left` if it is unknown and left out."
        ),
    )
    letter = serializers.CharField(help_text="The letter above the column in a spreadsheet: `C` for the third.")
    question = serializers.CharField(
        help_text="What to decide about an unknown column by the parameter `columns`, for people; mostly empty."
    )
    may_be = TextsField(help_text="The columns of products that an unknown one may be.")


class HeaderRowSerializer(CachedFieldsSerializer):
    """A row that may have the names of the columns."""

    line = serializers.IntegerField()
    cells = TextsField(help_text="The first 40 characters of each.")


class ImportedRowSerializer(HeaderRowSerializer):
    """A row of the file: its cells, and the values that they are read as."""

    values = serializers.DictField(
        child=serializers.CharField(allow_null=True),
        help_text="By column; null for an empty or a wrong cell. A number has a decimal point, a date is YYYY-MM-DD.",
    )


class RecognisedSerializer(CachedFieldsSerializer):
    """What the rows of a file are, if it is of another system or was sent with `moving`.

    In other files, all but `places` are 0.
    """

    system = serializers.CharField(allow_null=True, help_text="Null if the header is of no known system.")
    products = serializers.IntegerField(help_text="The products, of which each group of variants is one.")
    variants = serializers.IntegerField(help_text="The products that are variants.")
    pictures = serializers.IntegerField(help_text="The links to pictures.")
    places = serializers.IntegerField(help_text="The places that the file names.")


class ImportChoiceSerializer(CachedFieldsSerializer):
    """A choice of the import, and how much it concerns."""

    name = serializers.CharField()
    value = serializers.CharField()
    number = serializers.IntegerField(help_text="The rows, cells or columns that it concerns; 0 for `quantities`.")


class LeftOutSerializer(CachedFieldsSerializer):
    """A column with values that are left out."""

    column = serializers.CharField(help_text="The name of the column, or its letter if it has none.")
    values = serializers.IntegerField(help_text="The number of values.")


@extend_schema_serializer(extensions={"x-optional-fields": ["column"]})
class ImportQuestionSerializer(CachedFieldsSerializer):
    """What only a person can decide about a file.

    Without an answer, nothing is read that may be wrong, except for numbers that have the decimal sign of the shop.
    """

    of = serializers.CharField(
        help_text="`columns`, `header` (the row of their names), `rates` of VAT or `decimal_sign`."
    )
    text = serializers.CharField(help_text="The question, for people.")
    column = serializers.CharField(help_text="The name of the column, if it is of one.", required=False)
    samples = TextsField(help_text="Some of the cells.")
    answers = serializers.DictField(
        child=serializers.CharField(), help_text="The parameter that gives each answer, such as `columns==C:price`."
    )


class SkippedRowsSerializer(CachedFieldsSerializer):
    """The wrong rows that `wrong_rows=skip` leaves out."""

    id = serializers.IntegerField(
        allow_null=True, help_text="The id in `/api/products/import/refused/{id}/file/`; null in a dry run."
    )
    total = serializers.IntegerField()
    rows = serializers.ListField(
        child=serializers.DictField(), help_text="The errors as in `invalid_rows`, of which at most 1,000 are listed."
    )


class FileReadingSerializer(CachedFieldsSerializer):
    """How a file is read, and what of it is left out."""

    columns = ImportedColumnSerializer(many=True, help_text="The columns of the file, in its order.")
    preview = ImportedRowSerializer(many=True, help_text="The first five rows, as they are understood.")
    header_line = serializers.IntegerField(help_text="The line in which the names of the columns begin.")
    first_rows = HeaderRowSerializer(
        many=True, help_text="The first rows of a file with rows above the header, of which one has the names."
    )
    encoding = serializers.CharField(allow_null=True, help_text="That of a CSV file; null for a workbook.")
    left_out = LeftOutSerializer(many=True, help_text="The columns of which values are left out.")
    refused = SkippedRowsSerializer(allow_null=True, help_text="Null if no row is left out.")
    notes = TextsField(help_text="How the file is read and what is ignored, for people.")


class ImportedChangeSerializer(CachedFieldsSerializer):
    """The fields of a product that exists which the import would change, or which the shop has changed meanwhile."""

    line = serializers.IntegerField()
    product = serializers.IntegerField()
    name = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(), help_text="The old and the new value of each field that differs."
    )


class DoubtfulPriceSerializer(CachedFieldsSerializer):
    """A price in the file that may be a mistake: zero, or ten times that of the product or more."""

    line = serializers.IntegerField()
    name = serializers.CharField()
    price = SumField()
    usual = SumField(allow_null=True, help_text="The present price of the product; null for a new one.")


class AlsoCreatedSerializer(CachedFieldsSerializer):
    """What an import creates besides products."""

    kind = serializers.CharField(help_text=f"One of {', '.join(ALSO_CREATED)}.")
    number = serializers.IntegerField()
    names = TextsField(help_text="The first ten.")


class ImportedRowsSerializer(CachedFieldsSerializer):
    """How many rows the import created, updated and left unchanged, or would in case of a dry run."""

    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


@extend_schema_serializer(component_name="ImportAnswer")
class ImportResultSerializer(FileReadingSerializer, ImportedRowsSerializer):
    """How many products the import created, updated and left unchanged, or would in case of a dry run."""

    operation = serializers.IntegerField(allow_null=True, help_text="Null if no quantity changed, and in a dry run.")
    choices = ImportChoiceSerializer(many=True)
    recognised = RecognisedSerializer()
    also_created = AlsoCreatedSerializer(
        many=True, help_text="Suppliers, locations, categories, groups and own fields that it creates."
    )
    changes = ImportedChangeSerializer(
        many=True, help_text="In a dry run, the first 100 products that the import would change. Otherwise empty."
    )
    changed = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="In a dry run, the number of products in which the import would change each field. Otherwise empty.",
    )
    conflicts = ImportedChangeSerializer(
        many=True,
        help_text=(
            "The first 100 products of which the shop has changed a field since the file was exported, with the value"
            " that it has now and that of the file. The choice `conflicts` says which of the two remains."
        ),
    )
    doubtful_prices = DoubtfulPriceSerializer(
        many=True, help_text="The first 100 prices that may be a mistake. They are imported."
    )
    questions = ImportQuestionSerializer(
        many=True, help_text="What may be answered so that more of the file is read. A refusal has those to answer."
    )

    def get_fields(self) -> Any:  # `import` can't be the name of an attribute
        undo = "Of `/api/products/import/{id}/undo/`; null in a dry run."
        return {**super().get_fields(), "import": serializers.IntegerField(allow_null=True, help_text=undo)}
