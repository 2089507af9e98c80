"""The profiles in an imported file: groups and options, own fields and tags.

They are planned when the rows are checked, and written after the products. An empty cell removes its value, but leaves
what an archived group or an archived own field has.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext

from core.database.postgres.base import fetch
from core.model_fields import merge
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.attributes.services import read_own_fields
from products.filing.columns import FIELD, OPTION
from products.filing.errors import ImportRunning
from products.filing.states import LEAVE, Columns, Findings
from products.models import MAX_AXES, MAX_VALUES, Group
from products.models.sql_profiles import ALL_SPELLINGS
from products.variants.errors import OptionsTaken, OptionUnknown, TooManyOptionValues
from records.history.models import GIVEN, Recording, recorded
from stock.importing.changes import add_conflicts

# The column `profile` has the cells of a row as an object, by the names of their columns. Rows with an unknown product
# are left out until the cell that identifies it is corrected.
ROWS = "(SELECT * FROM product_import WHERE first_line IS NULL AND NOT is_unsure)"
# Returns the rows, each with the present profile of its product.
SELECT_IMPORTED = f"""
SELECT row.line, row.product_id, row.wrong, row.profile, profile.group_id, row.changed_since,
    coalesce(profile.options, '{{}}'), coalesce(profile.fields, '{{}}'), coalesce(to_jsonb(profile.tags), '[]')
FROM {ROWS} AS row
LEFT JOIN products_profile AS profile ON profile.owner_id = %(owner)s AND profile.product_id = row.product_id
ORDER BY row.line
"""  # noqa: S608, a constant
# Returns the groups that the cells name, each with its first line and the columns in which its rows have something.
SELECT_IMPORTED_GROUPS = f"""
SELECT min(line), profile ->> 'group', array_agg(DISTINCT cell.key)
FROM {ROWS} AS row CROSS JOIN jsonb_each(profile) AS cell
WHERE profile ->> 'group' <> '' AND cell.value <> '""'
GROUP BY 2 ORDER BY 1
"""  # noqa: S608, a constant
# Returns the options of products that are not in the file, in these groups and in those of the products in the file.
SELECT_OTHER_OPTIONS = """
WITH used AS (
    SELECT group_id FROM products_profile
    WHERE owner_id = %(owner)s AND product_id IN (SELECT product_id FROM product_import)
)
SELECT group_id, options FROM products_profile
WHERE owner_id = %(owner)s AND is_live AND options <> '{}'
    AND (group_id = ANY(%(groups)s::bigint[]) OR group_id IN (SELECT group_id FROM used))
    AND product_id NOT IN (SELECT product_id FROM product_import WHERE product_id IS NOT NULL)
"""
# Frees the options of these products, so that they can get those of each other.
FREE_OPTIONS = """
UPDATE products_profile SET is_live = false
WHERE owner_id = %(owner)s AND product_id = ANY(%(products)s::bigint[]) AND group_id IS NOT NULL
"""
WRITE_PROFILES = """
INSERT INTO products_profile (owner_id, product_id, group_id, options, fields, tags, metadata, picture, is_live)
SELECT %(owner)s::bigint, product_id, group_id, options, fields, ARRAY(SELECT jsonb_array_elements_text(tags)), '{}',
    '', true
FROM unnest(
    %(products)s::bigint[], %(groups)s::bigint[], %(options)s::jsonb[], %(fields)s::jsonb[], %(tags)s::jsonb[]
) AS given (product_id, group_id, options, fields, tags)
ON CONFLICT (owner_id, product_id) DO UPDATE SET
    group_id = excluded.group_id, options = excluded.options, fields = excluded.fields, tags = excluded.tags,
    is_live = true
"""
MARK_PROFILES = """
UPDATE products_product SET has_profile = true, updated_at = %(now)s::timestamptz
WHERE owner_id = %(owner)s AND id = ANY(%(products)s::bigint[])
"""


TOO_MANY_AXES = _(
    "The rows of this new group have values in {number} columns of options, but a group has at most {limit}."
)
SAME_OPTIONS = _("Line {line} has the same group and options. Change one of the two lines.")
MAX_CREATED = 1000  # the most groups in a statement, which has a parameter for each column of each
# The sizes of caches: many rows have the same groups, in lower case, and the same reasons for columns of options.
MAX_REMEMBERED = 1024

Options = dict[str, str]


class Described(NamedTuple):
    """What a file can say about a product beside its row."""

    group: Group | None
    options: Options
    fields: dict[str, Any]
    tags: list[str]

    def list_values(self) -> dict[str, Any]:
        """Return the values by their names in the history."""
        values: dict[str, Any] = {"group": self.group and {"id": self.group.pk, "name": self.group.name}}
        values |= {f"options.{axis}": value for axis, value in self.options.items()}
        values |= {f"fields.{key}": value for key, value in self.fields.items()}
        return values | {"tags": self.tags or None}

    def find_conflicts(self, cells: dict[str, Any], changed: list[str]) -> dict[str, list[Any]]:
        """Return the values of the shop and of the file that differ in a changed field, by the names in the history."""
        present, conflicts = self.list_values(), {}
        for name, cell in cells.items():
            known = name_in_history(name)
            now = present.get(known)
            if name == "group":
                is_same = fold_case(now["name"] if now else "") == fold_case(cell)
            else:
                is_same = now == (cell or None)
            if known in changed and not is_same:
                conflicts[known] = [now, cell or None]
        return conflicts


class PlannedProfile(NamedTuple):
    """The profile of a row whose product has another one. A new product has no id yet."""

    line: int
    product_id: int | None
    before: Described
    after: Described

    def find_changes(self) -> dict[str, list[Any]]:
        """Return the old and the new value of each that differs, as the history has them."""
        old, new = self.before.list_values(), self.after.list_values()
        return {name: [old.get(name), new.get(name)] for name in old | new if old.get(name) != new.get(name)}


@dataclass
class GroupUse:
    """The options of a group's products, for the rules about them."""

    lines: dict[frozenset[tuple[str, str]], int | None] = field(default_factory=dict)  # None for a product elsewhere
    # The values of each axis, by the value in lower case.
    values: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, options: Options, line: int | None = None) -> None:
        self.lines.setdefault(frozenset(options.items()), line)
        for axis, value in options.items():
            self.values[axis].setdefault(fold_case(value), value)


class ProfilePlanner:
    """Plans the profiles of a file's rows. The groups that the file names and that do not exist are not saved yet."""

    def __init__(self, cursor: Any, owner_id: int, found: Findings) -> None:
        self.cursor, self.owner_id, self.found = cursor, owner_id, found
        # Those of options, and then that of groups.
        self.columns = sorted((name for name in found.layout.beside if is_of_group(name)), key="group".__eq__)
        self.groups = {group.pk: group for group in Group.objects.filter(owner_id=owner_id)}
        self.named = {fold_case(group.name): group for group in self.groups.values() if not group.archived_at}
        self.new_groups = dict[str, Group]()
        self.fold = lru_cache(MAX_REMEMBERED)(fold_case)
        self.say_unknown = lru_cache(MAX_REMEMBERED)(lambda axis, known: str(OptionUnknown(option=axis, known=known)))
        self.uses: defaultdict[int, GroupUse] = defaultdict(GroupUse)  # by the identity of the group

    def plan(self) -> list[PlannedProfile]:
        """Return the profiles that differ from the present ones. Record the errors of cells."""
        if self.columns:
            self.read_groups()
        self.cursor.execute(SELECT_IMPORTED, {"owner": self.owner_id})
        spellings = self.read_spellings()
        profiles, conflicts = [], {}
        leaves_conflicts = self.found.layout.choices.conflicts == LEAVE
        for line, product_id, wrong, typed, group_id, changed, *stored in self.found.rows.watch(self.cursor):
            options, fields, tags = map(json.loads, stored)
            present = Described(self.groups.get(group_id), options, fields, tags)
            cells = json.loads(typed)
            if cells.get("tags"):
                cells["tags"] = [
                    tag if tag in tags else spellings.setdefault(fold_case(tag), tag) for tag in cells["tags"]
                ]
            if conflict := changed and present.find_conflicts(cells, changed):
                conflicts[line] = conflict
                if leaves_conflicts:
                    cells = {name: cell for name, cell in cells.items() if name_in_history(name) not in conflict}
            planned = self.describe(line, cells, present, wrong or [])
            if planned != present:
                profiles.append(PlannedProfile(line, product_id, present, planned))
        add_conflicts(self.cursor, self.found, conflicts)
        return profiles

    def read_spellings(self) -> dict[str, str]:
        """Return the tags of the shop as they were first written, by the tag in lower case."""
        if "tags" not in self.found.layout.beside:
            return {}
        return {fold_case(tag): tag for (tag,) in fetch(ALL_SPELLINGS, {"owner": self.owner_id})}

    def read_groups(self) -> None:
        """Read the new groups of the file with their axes, and how products that are not in the file use the others."""
        self.cursor.execute(SELECT_IMPORTED_GROUPS)
        found = self.cursor.fetchall()
        for _line, name, _used in found:
            if (key := fold_case(name)) not in self.named:
                self.named[key] = self.new_groups[key] = Group(owner_id=self.owner_id, name=name)
        for name in [name for name in self.columns if name != "group"]:
            for key in {fold_case(name_of) for _line, name_of, used in found if name in used} & self.new_groups.keys():
                self.new_groups[key].axes.append(name.partition(":")[2])
        ids = [group.pk for _line, name, _used in found if (group := self.named[fold_case(name)]).pk]
        self.cursor.execute(SELECT_OTHER_OPTIONS, {"owner": self.owner_id, "groups": ids})
        for group_id, options in self.cursor:
            self.uses[id(self.groups[group_id])].add(json.loads(options))

    def describe(self, line: int, cells: dict[str, Any], before: Described, wrong: list[str]) -> Described:
        """Return what the product of the row will have."""
        given: dict[str, dict[str, Any]] = {OPTION: {}, FIELD: {}}
        for name, value in cells.items():
            kind, _colon, key = name.partition(":")
            if kind in given:
                given[kind][key] = value
        group, options = before.group, before.options
        if self.columns and not any(map(is_of_group, wrong)):
            group, options = self.find_options(line, cells, before, given[OPTION])
        fields = merge(before.fields, {key: None if value == "" else value for key, value in given[FIELD].items()})
        return Described(group, options, fields, cells.get("tags", before.tags) or [])

    def find_options(
        self, line: int, cells: dict[str, Any], before: Described, given: Options
    ) -> tuple[Group | None, Options]:
        """Return the group and the options of the row. Axes without a column keep their value, as far as they exist."""
        group = self.named[self.fold(name)] if (name := cells.get("group")) else None
        if not group and (name is None or (before.group and before.group.archived_at)):
            group = before.group
        # A dict, because a malformed file has hundreds of axes, and each is looked up.
        known = dict.fromkeys(group.axes) if group and not group.archived_at else {}
        if group and any(given.get(axis) for axis in [*known][MAX_AXES:]):  # a new group: the others have fewer
            reason = fill(TOO_MANY_AXES, number=len(known), limit=MAX_AXES)
            self.found.errors.add_error(line, "group", reason, group.name)
        for axis, value in given.items():
            if value and axis not in known:
                reason = self.say_unknown(axis, ", ".join(known))
                self.found.errors.add_error(line, f"{OPTION}:{axis}", reason, value)
        if group and group.archived_at:
            return group, before.options
        values = self.uses[id(group)].values
        merged = {
            axis: value if value == before.options.get(axis) else values[axis].get(self.fold(value), value)
            for axis, value in (before.options | given).items()
            if value and axis in known
        }
        if group and merged:
            self.check_use(line, group, merged)
        return group, merged

    def check_use(self, line: int, group: Group, options: Options) -> None:
        """Record an error if another product of the group has these options, or if an axis gets too many values."""
        use, key = self.uses[id(group)], frozenset(options.items())
        if key in use.lines:
            taken = use.lines[key]
            reason = fill(SAME_OPTIONS, line=taken) if taken else gettext(OptionsTaken.detail)
            shown = ", ".join(options.values())
            self.found.errors.add_error(line, self.columns[0], reason, shown, depends=bool(taken))
        # A value too many is not added, so that each row with one has an error.
        too_many = [
            axis
            for axis, value in options.items()
            if self.fold(value) not in use.values[axis] and len(use.values[axis]) >= MAX_VALUES
        ]
        for axis in too_many:
            reason = str(TooManyOptionValues(option=axis, limit=MAX_VALUES))
            self.found.errors.add_error(line, f"{OPTION}:{axis}", reason, options[axis], depends=True)
        if not too_many:
            use.add(options, line)


def name_in_history(column: str) -> str:
    """Return the name of the column's field in the history: `options.size` for `option:size`."""
    return column.replace(":", "s.", 1)


def is_of_group(column: str) -> bool:
    return column == "group" or column.startswith(f"{OPTION}:")


def check_own_fields(owner_id: int, layout: Columns) -> None:
    """Raise ImportRunning if the shop's own fields have changed since the header was read."""
    if {key: own.choices for key, own in layout.own.items() if own.pk and not own.archived_at} != {
        key: own.choices for key, own in read_own_fields(owner_id).items()
    }:
        raise ImportRunning


def write_profiles(
    cursor: Any, owner_id: int, now: datetime, changes: Recording, planned: list[PlannedProfile]
) -> tuple[set[int], list[int]]:
    """Write the profiles, whose products exist. Return the ids of the earlier products, and those of new groups."""
    groups = create_groups(owner_id, planned)
    cursor.execute("SELECT line, product_id FROM product_import WHERE is_new")
    new = dict(cursor.fetchall())
    earlier = {one.product_id: json.dumps(one.find_changes()) for one in planned if one.product_id}
    if earlier:
        changes.record_known(GIVEN, at=now, ids=list(earlier), fields=list(earlier.values()))
    after = [one.after for one in planned]
    parameters = {
        "owner": owner_id, "now": now, "products": [one.product_id or new[one.line] for one in planned],
        "groups": [described.group and described.group.pk for described in after],
        "options": [json.dumps(described.options) for described in after],
        "fields": [json.dumps(described.fields) for described in after],
        "tags": [json.dumps(described.tags) for described in after],
    }  # fmt: skip
    for statement in (FREE_OPTIONS, WRITE_PROFILES, MARK_PROFILES):
        cursor.execute(statement, parameters)
    return {product for product in earlier if product}, groups


def create_groups(owner_id: int, planned: list[PlannedProfile]) -> list[int]:
    """Save the new groups of the profiles. Return their ids."""
    groups = {id(group): group for one in planned if (group := one.after.group) and not group.pk}
    Group.objects.bulk_create(groups.values(), batch_size=MAX_CREATED)
    ids = [group.pk for group in groups.values()]
    with recorded(Group, owner_id) as changes:
        changes.add(*ids)
    return ids
