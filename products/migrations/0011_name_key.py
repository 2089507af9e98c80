from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

NAME_KEY = r"""(left(CASE WHEN %(expressions)s ~ '[0-9]' THEN regexp_replace(
regexp_replace(CASE WHEN octet_length(%(expressions)s) = char_length(%(expressions)s) THEN lower(%(expressions)s)
ELSE translate(replace(replace(replace(
lower(regexp_replace(
normalize(replace(replace(%(expressions)s, 'ñ', 'n~'), 'Ñ', 'n~'), NFKD), '[\u0300-\u036f]+', '', 'g'
)), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øđðłıħŧ', 'oddliht') END, '[0-9]+', '000000000000000\&', 'g'), '[0-9]+(?=[0-9]{15})', '', 'g'
) ELSE CASE WHEN octet_length(%(expressions)s) = char_length(%(expressions)s) THEN lower(%(expressions)s)
ELSE translate(replace(replace(replace(
lower(regexp_replace(
normalize(replace(replace(%(expressions)s, 'ñ', 'n~'), 'Ñ', 'n~'), NFKD), '[\u0300-\u036f]+', '', 'g'
)), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øđðłıħŧ', 'oddliht') END END, 255) COLLATE "C")"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0010_category_index")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                models.F("owner"),
                models.Func("name", template=NAME_KEY),
                models.F("id"),
                condition=models.Q(archived_at=None),
                name="products_product_by_name_key",
            ),
        ),
    ]
