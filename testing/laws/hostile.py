"""Malformed and hostile values, every place in the schema to which they can be sent, and which are sent where."""

import base64
import copy
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise, product
from typing import Any, NamedTuple
from urllib.parse import quote

from testing.laws.schemas import list_operations, resolve_reference

# `make hostile` sends every value to every place. The other runs send the pairs that deal() chooses.
TRY_ALL = os.environ.get("HOSTILE") == "all"

PLACEHOLDER = "?hole?"
HEADERS = ("Idempotency-Key", "X-Request-ID", "Authorization", "Accept", "Content-Type", "Cookie")

# These are sent as text in addresses, headers and forms, and as strings in JSON.
TEXTS = [
    "", " ", "\0", "a\0b", "\x01", "a\x1fb", "\x7f", "\x85", "\t\n", "a\r\nSet-Cookie: b=c", "\ud800", "\ufffe",
    "-1", "0", "1.5", "1e400", "NaN", "Infinity", "-Infinity", "9" * 19, str(10**19), "9" * 400, "9" * 5000, "1_0",
    "\uff11\uff12", "\u0661", "+1", " 1", "0x10", "1,5", "true", "null", "None", "[]", "{}", "x" * 300, "x" * 20_000,
    "0000-01-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "99999-01-01T00:00:00Z", "2026-02-30",
    "2026-W01-1", "2026-01-01T25:61:61", "\u202egnp.exe", "a\u200bb", "\u200b", "e\u0301" * 200,
    "\u2066a\u2069", "\u202a+43 1", "\u200b\u200d\ufeff", "\u3164", "e" + "\u0301" * 31, "\u0430lice", "a\u2028b",
    "\U0001f600",
    "=1+1", "@SUM(A1)", "-1+cmd|' /C calc'!A0", "' OR 1=1 --", "%s%d%n", "${7*7}{{7*7}}", "../../etc/passwd",
    "<script>alert(1)</script>", '"', "\\", ";", "name,-name,", "-", "--id", "owner__password", "id;drop table",
    "text/html; a*=no-such-charset''b", "text/html; a*=idna''%41",
]  # fmt: skip

# These texts take 3 to 5 seconds to normalise: canonical ordering is quadratic in a run of marks of different classes.
MARKS = "a" + "\u0301" * 30_000 + "\u0323" * 30_000
LONG_TEXTS = [MARKS, "\u0f73" * 30_000 + "\u0323" * 30_000, "\uff9e\u0301" * 30_000, "\ufdfa" * 60_000]

# These are sent in JSON without quotes.
JSON_VALUES = [
    "null", "true", "false", "[]", "[[]]", "[1]", '["x"]', "[null]", "[{}]", "{}", '{"id": 1}', '{"a": {"b": []}}',
    "0", "-1", "1.5", "-0.0", "1e5", "1e300", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", str(10**18),
    str(2**63 - 1), str(2**63), str(10**19), "9" * 400, "9" * 5000, "1_0", "\uff11", "0x10", "01", "'x'", "",
    "[" * 100_000, "{" * 100_000, '{"a":' * 100_000, "[" * 30 + "]" * 30,
]  # fmt: skip

CURSORS = [
    "", "p=abc", "p=\n", "p=2026-13-45", "p=", "p=-1", "p=1_0", "p=" + "9" * 19, "p=" + "9" * 5000, "p=1&r=x",
    "p=1&o=" + "9" * 400, "o=-1", "r=1", "p=\0", "p=%00", "p=1e5", "p=\uff11", "&" * 1000, "\udfff",
]  # fmt: skip

CSV_FILES = [
    b"", b"\n", b"\0", b"name,price\nA\0,1\n", b"name,price\n\xff\xfe,1\n", b"name,price\n\xed\xa0\x80,1\n",
    b"\xef\xbb\xbf", "name,price\nA,1\n".encode("utf-16"), "name,price\nA,1\n".encode("utf-32"), b"\xff" * 1000,
    b"name,price\n" + b"x" * 200_000 + b",1\n", b'name,price\n"' + b"x" * 200_000, b"A,1\nB,2\n", b'"', b'name\n"',
    b'name,price\n"A"B,1\n', b",".join([b"name"] * 1000) + b"\n", b",".join(b"c%d" % n for n in range(1000)) + b"\nA\n",
    b"name,name\nA,B\n", b"name,,price\nA,,1\n", b"name,price\n" + b"," * 1000 + b"\n", b"name,price\nA\n",
    b"name,price\rA,1\r", b"name|price\nA|1\n", b"name;price\nA;1,5\n", b"owner,id,name\n1,1,A\n", b"id,name\n1e9,A\n",
    b"id,name\n" + b"9" * 5000 + b",A\n", b"name,price,quantity\nA,NaN,Infinity\n", b"name,price\n=1+1,1\n",
    b"name,price,expiration_date\nA,1,0000-01-01\n", b"name,price,category\nA,1," + b"x" * 300 + b"\n", b"PK\x03\x04",
    b"name,price\n" * 2000, b"name,price,quantity\nA,1,1_0\n", "name,price\n\u202eA,\uff11\n".encode(), b"%PDF-1.7",
]  # fmt: skip


def deal(values: Sequence[Any], targets: Sequence[Any], number: int, seed: str = "") -> list[tuple[Any, Any]]:
    """Return this many pairs of a value and a target. Each value is in as many as any other, and so is each target.

    The pairs depend on the seed alone, so they are the same in each run. With TRY_ALL, these are all pairs.
    """
    if TRY_ALL:
        return list(product(values, targets))
    generator = random.Random(seed)  # noqa: S311, not for cryptography
    return list(islice(zip(shuffle(values, generator), shuffle(targets, generator), strict=False), number))


def shuffle(items: Sequence[Any], generator: random.Random) -> Iterator[Any]:
    """Yield the items in random order, again and again."""
    while True:
        yield from generator.sample(items, len(items))


def group_by(items: Iterable[Any], find_key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Return the items by their key, in order."""
    groups = defaultdict(list)
    for item in items:
        groups[find_key(item)].append(item)
    return groups


def encode_text(text):
    return text.encode(errors="surrogatepass")


class Case(NamedTuple):
    """One request. `title` describes it in failure messages."""

    title: str
    method: str
    address: str
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = {}


class Place:
    """A part of an operation's request that can hold a value. `build` makes a Case from a title and a value."""

    def __init__(self, kind: str, where: str, values: list[Any], build: Any) -> None:
        self.kind, self.where, self.values, self.build = kind, where, values, build

    @property
    def name(self) -> str:
        """Return the name of the parameter, header or field. A field has it without its path."""
        return re.sub(r"^.*\.(?=\D)", "", self.where.split(" ", 2)[2])

    def make_case(self, value: Any) -> Case:
        """Return a request with this value."""
        case: Case = self.build(f"{self.where} = {str(value)[:60]!a}", value)
        return case


def list_places(schema, row_id, known):
    """Yield every place of every operation.

    `row_id` replaces the parameters of paths. `known` maps fields that refer to a row to a valid id.
    """
    for path, method, operation in list_operations(schema):
        yield from HostileOperation(schema, path, method.upper(), operation, row_id, known).list_places()


class HostileOperation:
    """An operation of the schema, which makes requests."""

    def __init__(self, schema, path, method, operation, row_id, known):
        self.schema, self.path, self.method, self.operation = schema, path, method, operation
        self.known = known
        self.parameters = operation.get("parameters", [])
        self.address = path
        for name in self.parameter_names("path"):
            self.address = self.address.replace(f"{{{name}}}", str(row_id))
        self.content = operation.get("requestBody", {}).get("content", {})
        self.title = f"{method} {path}"

    def parameter_names(self, kind):
        return [parameter["name"] for parameter in self.parameters if parameter["in"] == kind]

    def list_places(self):
        for name in self.parameter_names("path"):
            yield Place("path", f"{self.title} {{{name}}}", TEXTS, self.path_builder(name))
        for name in [*self.parameter_names("query"), "format", "unknown"]:
            yield Place("query", f"{self.title} ?{name}", TEXTS, self.query_builder(name))
            if name == "cursor":
                yield Place("query", f"{self.title} ?{name} encoded", CURSORS, self.query_builder(name, encode_cursor))
        for name in HEADERS:
            yield Place("header", f"{self.title} {name}:", TEXTS, self.header_builder(name))
        for field in find_fields(self.schema, self.content.get("application/json", {}).get("schema", {})):
            where = f"{self.title} {'.'.join(map(str, field))}"
            yield Place("json", where, [*JSON_VALUES, *map(to_json, TEXTS)], self.json_builder(field))
            yield Place("form", where, TEXTS, self.form_builder(field))
        if "application/json" in self.content:
            yield Place("json", f"{self.title} body", JSON_VALUES, self.replace_body)
        if "text/csv" in self.content:
            yield Place("file", f"{self.title} text/csv", CSV_FILES, self.send_csv)
            yield Place("file", f"{self.title} multipart", CSV_FILES, self.upload_csv)

    def make_case(self, title, **changes):
        """Return a valid request with these changes."""
        return Case(
            **{"title": title, "method": self.method, "address": self.address, "body": self.example_body()} | changes
        )

    def example_body(self, field=None):
        """Return a valid body in which `field` has the value PLACEHOLDER."""
        if "application/json" not in self.content:
            return b""
        examples = self.content["application/json"].get("examples", {})
        body = next((copy.deepcopy(one["value"]) for one in examples.values()), {})
        for part in (body, *body.get("lines", [])):
            part.update({name: value for name, value in self.known.items() if name in part})
        if field:
            set_field(body, field, PLACEHOLDER)
        return json.dumps(body).encode()

    def path_builder(self, name):
        def build(title, value):
            address = self.path.replace(f"{{{name}}}", quote(encode_text(value), safe=""))
            return self.make_case(title, address=address)

        return build

    def query_builder(self, name, encode=encode_text):
        def build(title, value):
            return self.make_case(title, address=f"{self.address}?{name}={quote(encode(value))}")

        return build

    def header_builder(self, name):
        def build(title, value):
            sent = encode_text(value).decode("latin-1")  # WSGI servers decode headers in this way
            if name == "Content-Type":
                return self.make_case(title, content_type=sent)
            if name == "Cookie":
                sent = f'sessionid="{sent}"; csrftoken={sent}'
            if name == "Authorization":
                sent = f"Bearer {sent}"
            return self.make_case(title, headers={name: sent})

        return build

    def json_builder(self, field):
        def build(title, value):
            body = self.example_body(field).replace(json.dumps(PLACEHOLDER).encode(), encode_text(value))
            return self.make_case(title, body=body)

        return build

    def form_builder(self, field):
        def build(title, value):
            body = json.loads(self.example_body())
            pairs = {name: str(sent) for name, sent in body.items()} | {form_name(field): value}
            encoded = "&".join(f"{name}={quote(encode_text(sent), safe='')}" for name, sent in pairs.items())
            return self.make_case(title, body=encoded.encode(), content_type="application/x-www-form-urlencoded")

        return build

    def replace_body(self, title, value):
        return self.make_case(title, body=encode_text(value))

    def send_csv(self, title, value):
        return self.make_case(title, body=value, content_type="text/csv")

    def upload_csv(self, title, value):
        start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        return self.make_case(
            title, body=start + value + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"
        )


def find_fields(schema, part):
    """Yield the path of each field of a body, such as ("name",) or ("lines", 0, "product")."""
    part = resolve_reference(schema, part)
    for one in part.get("allOf", []):
        yield from find_fields(schema, one)
    for name, inner in part.get("properties", {}).items():
        yield (name,)
        inner = resolve_reference(schema, inner)
        if inner.get("type") == "array":
            yield (name, 0)
            for deeper in find_fields(schema, inner["items"]):
                yield (name, 0, *deeper)
        elif "properties" in inner:
            for deeper in find_fields(schema, inner):
                yield (name, *deeper)
        elif "additionalProperties" in inner:  # any keys, so the example has one
            for key in inner.get("example", ()):
                yield (name, key)


def set_field(body, field, value):
    """Set the value at this path. Create missing parts of the path."""
    for name, deeper in pairwise(field):
        body = body.setdefault(name, [{}] if deeper == 0 else {}) if isinstance(body, dict) else body[name]
    body[field[-1]] = value


def form_name(field):
    """Return the name of a nested form field as REST framework parses it: `lines[0]product` and `options.size`."""
    return re.sub(r"\.(\d+)\.?", r"[\1]", ".".join(map(str, field)))


def to_json(text):
    return json.dumps(text)


def encode_cursor(text):
    return base64.b64encode(encode_text(text))
