"""The rules by which mutants are made of Python, SQL in strings, messages, templates and scripts."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple


class Edit(NamedTuple):
    """A text that replaces another one: `start` and `end` are its bytes in the file."""

    rule: str
    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Mutant:
    """An edit of a file. `old` and `new` are the whole lines that it changes, which name it in the survivors."""

    file: str
    edit: Edit
    line: int
    last_line: int
    old: str
    new: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.edit.start] + self.edit.new.encode() + source[self.edit.end :]


def make_mutants(file: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a file, in the order of its lines."""
    make = {".py": edit_python, ".html": edit_template, ".js": edit_script}[PurePath(file).suffix]
    return [name_mutant(file, edit, source) for edit in sorted(set(make(source)), key=lambda edit: edit[1:])]


def name_mutant(file: str, edit: Edit, source: bytes) -> Mutant:
    """Return the mutant of an edit. It is named by its lines, and as many before them as it takes to name one place."""
    start, end = source.rfind(b"\n", 0, edit.start) + 1, source.find(b"\n", edit.end)
    while start and source.count(source[start:end]) > 1:
        start = source.rfind(b"\n", 0, start - 1) + 1
    lines = source[start:end].decode().strip()
    changed = (source[start : edit.start] + edit.new.encode() + source[edit.end : end]).decode().strip()
    first, last = (source.count(b"\n", 0, place) + 1 for place in (edit.start, edit.end))
    return Mutant(file, edit, first, last, lines, changed)


# --- Texts: a rule, a pattern, and what replaces a match --------------------------------------------------------

SQL_SIGN = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|ORDER BY|CASE|COALESCE|FOR UPDATE|AND)\b")
BETWEEN = r"\bBETWEEN\s+\S+\s+"
CONDITION = rf"(?:{BETWEEN}AND\s+[^\s)\"]+|(?!\bBETWEEN\b)[^()\n]|\((?:[^()]|\([^()]*\))*\))+?"
END = r"(?=\s*(?:\bAND\b|\bOR\b|\)|\bORDER\b|\bGROUP\b|\bTHEN\b|\bLIMIT\b|\bFOR\b|\bRETURNING\b|\bUNION\b|\"|\n|$))"
SQL_RULES = [
    ("conjunct", rf"(?<!\d)\bAND\s+(?!NOT MATCHED){CONDITION}{END}", r""),
    ("conjunct", rf"\b(WHERE|WHEN|ON)\s+{CONDITION}\s+AND\b", r"\1"),
    ("boundary", r"(?<=\s)([<>])(?=\s)", r"\1="),
    ("boundary", r"(?<=\s)([<>])=(?=\s)", r"\1"),
    ("extreme", r"\bmin\(", "max("),
    ("extreme", r"\bmax\(", "min("),
    ("extreme", r"\bleast\(", "greatest("),
    ("extreme", r"\bgreatest\(", "least("),
    ("order", r" DESC\b", ""),
    ("order", r"\b(ORDER BY [\w.]+)(?=[\s,)\"])(?! DESC)", r"\1 DESC"),
    ("lock", r"\s+FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF [\w, ]+)?", ""),
    ("default", r"\bCOALESCE\(([^(),]+), [^(),]+\)", r"(\1)"),
    ("rounding", r"\bround\(", "trunc("),
    ("join", r"\bLEFT JOIN\b", "JOIN"),
    ("twice", r"\bSELECT DISTINCT\b(?! ON)", "SELECT"),
]
TEMPLATE_RULES = [
    ("conjunct", r"(\{% (?:el)?if )((?:(?! and | or |%\}).)+) and ", r"\1"),
    ("conjunct", r" and (?:(?! and | or |%\}).)+(?= and | or | %\})", ""),
    ("negation", r"(\{% (?:el)?if )not ", r"\1"),
    ("default", r" (?:checked|selected)(?=[ >])", ""),
    ("default", r"\|default(?:_if_none)?:(?:\"[^\"]*\"|\w+)", ""),
]
SCRIPT_RULES = [
    ("conjunct", r" && [\w.!?]+(?:\([^()]*\))?(?: (?:===?|!==?|[<>]=?) [\w.]+)?", ""),
    ("conjunct", r"(?<![\w.)\]])[\w.!?]+(?:\([^()]*\))?(?: (?:===?|!==?|[<>]=?) [\w.]+)? && ", ""),
    ("boundary", r" ([<>]) ", r" \1= "),
    ("boundary", r" ([<>])= ", r" \1 "),
    ("extreme", r"\bMath\.min\(", "Math.max("),
    ("extreme", r"\bMath\.max\(", "Math.min("),
    ("rounding", r"\bMath\.(?:round|ceil)\(", "Math.floor("),
    ("rounding", r"\bMath\.floor\(", "Math.ceil("),
    ("rounding", r" \+ (?:\w+ / 2n|[15]0[0_]*n(?: \* \w+)?|BigInt\(all\)(?: \* step)?|units)(?=\))", ""),
    ("order", r"\[0\]", ".at(-1)"),
    ("order", r"\.at\(-1\)", "[0]"),
    ("sign", r" - ", " + "),
    ("sign", r"(?<=[\w)]) \+ (?=[\w(])", " - "),
    ("none", r" (?:\?\?|\|\|) (?:0n?|1)\b", ""),
    ("flag", r"\btrue\b", "false"),
    ("flag", r"\bfalse\b", "true"),
]


def edit_text(rules: Iterable[tuple[str, str, str]], text: str, start: int) -> Iterator[Edit]:
    """Yield the edits of a text that begins at this byte of its file."""
    for rule, pattern, new in rules:
        for match in re.finditer(pattern, text):
            if re.search(rf"{BETWEEN}$", text[: match.start()]):
                continue  # the AND belongs to BETWEEN
            first = start + len(text[: match.start()].encode())
            owned = rule == "conjunct" and "owner" in match[0]
            yield Edit("owner" if owned else rule, first, first + len(match[0].encode()), match.expand(new))


def edit_template(source: bytes) -> Iterator[Edit]:
    return edit_text(TEMPLATE_RULES, source.decode(), 0)


def edit_script(source: bytes) -> Iterator[Edit]:
    """Yield the edits of a script, but for its comments."""
    start = 0
    for line in source.decode().splitlines(keepends=True):
        code = "" if line.lstrip().startswith("//") else re.sub(r"  // .*", "", line)
        yield from edit_text(SCRIPT_RULES, code, start)
        start += len(line.encode())


# --- Python -------------------------------------------------------------------------------------------------------

TWINS = {"min": "max", "max": "min", "Min": "Max", "Max": "Min", "any": "all", "all": "any", "reversed": "iter",
         "first": "last", "last": "first", "earliest": "latest", "latest": "earliest"}  # fmt: skip
TWIN_RULES = {"min": "extreme", "max": "extreme", "any": "extreme", "all": "extreme"}
ROUNDINGS = {"ROUND_HALF_UP": "ROUND_DOWN", "ROUND_UP": "ROUND_DOWN", "ROUND_DOWN": "ROUND_UP"}
BOUNDARIES = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}
READERS = {"filter", "exclude", "get", "update_or_create", "get_or_create"}
BUILTINS = {*dir(builtins)}
PLACEHOLDER = re.compile(r"(?<!\{)\{\w+\}(?!\})")
SET = re.compile(r"\{|\bset\(|\.keys\(|_set\b")
A_DAY = '__import__("datetime").timedelta(days=1)'


class PythonEditor(ast.NodeVisitor):
    """Collects the edits of a module."""

    def __init__(self, source: bytes) -> None:
        self.source, self.edits = source, list[Edit]()
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()

    def replace(self, rule: str, node: ast.AST, new: str) -> None:
        self.edits.append(Edit(rule, *self.span(node), new))

    def remove(self, rule: str, node: ast.AST) -> None:
        """Remove one of several arguments, with the comma after it or before it."""
        start, end = self.span(node)
        after = re.match(rb"\s*,[ \t]*", self.source[end:])
        before = re.search(rb",\s*$", self.source[:start])
        if after:
            end += after.end()
        elif before:
            start = before.start()
        self.edits.append(Edit(rule, start, end, ""))

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = " and " if isinstance(node.op, ast.And) else " or "
        for dropped in node.values:
            kept = [f"({self.text(value)})" for value in node.values if value is not dropped]
            self.replace("owner" if "owner" in self.text(dropped) else "conjunct", node, f"({word.join(kept)})")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self.replace("filter", condition, "True")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if not node.orelse and isinstance(node.body[-1], ast.Raise | ast.Return | ast.Continue):
            self.replace("guard", node.test, f"(False and ({self.text(node.test)}))")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self.replace("negation", node, f"bool({self.text(node.operand)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            start, end = self.span(left)[1], self.span(right)[0]
            if pair := BOUNDARIES.get(type(operator)):
                place = self.source.index(pair[0].encode(), start, end)
                self.edits.append(Edit("boundary", place, place + len(pair[0]), pair[1]))
            if isinstance(operator, ast.Is | ast.IsNot) and isinstance(right, ast.Constant) and right.value is None:
                word = "not" if isinstance(operator, ast.Is) else "bool"
                self.replace("none", node, f"({word}({self.text(left)}))")
            left = right
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        pairs = {"0": "-1", "-1": "0", "::-1": ":"}
        if isinstance(node.ctx, ast.Load) and (new := pairs.get(self.text(node.slice))):
            self.replace("order", node.slice, new)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self.replace("flag", node, str(not node.value))
        elif isinstance(node.value, str):
            self.edit_string(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.edit_string(node)

    def edit_string(self, node: ast.expr) -> None:
        text = self.text(node)
        if SQL_SIGN.search(text):
            self.edits += edit_text(SQL_RULES, text, self.span(node)[0])
        elif isinstance(node, ast.Constant) and len(found := list(dict.fromkeys(PLACEHOLDER.findall(text)))) > 1:
            exchanged = {found[0]: found[1], found[1]: found[0]}
            self.replace("message", node, PLACEHOLDER.sub(lambda match: exchanged.get(match[0], match[0]), text))

    def visit_BinOp(self, node: ast.BinOp) -> None:
        left, right = self.text(node.left), self.text(node.right)
        if isinstance(node.op, ast.FloorDiv):
            self.replace("rounding", node, f"(-(-({left}) // ({right})))")
        if isinstance(node.op, ast.Sub) and not SET.search(left + right):
            self.replace("sign", node, f"(({left}) + ({right}))")
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if new := ROUNDINGS.get(node.id):
            self.replace("rounding", node, new)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        start, end = self.span(function)[1] - len(name), self.span(function)[1]
        if name in TWINS and not (name in ("any", "all") and isinstance(function, ast.Attribute)):  # rows.all()
            self.edits.append(Edit(TWIN_RULES.get(name.lower(), "order"), start, end, TWINS[name]))
        if name in READERS:
            for keyword in node.keywords:
                self.remove("owner" if "owner" in (keyword.arg or "") else "filter", keyword)
        if name == "for_user":
            self.edits.append(Edit("owner", start, self.span(node)[1], "all()"))
        if name == "select_for_update" and isinstance(function, ast.Attribute):
            self.replace("lock", node, self.text(function.value))
        if name in ("shop_today", "today"):
            self.replace("time", node, f"({self.text(node)} + {A_DAY})")
        self.edit_arguments(node, name)
        self.generic_visit(node)

    def edit_arguments(self, node: ast.Call, name: str) -> None:
        """Change the columns of an order and the lengths of times, and exchange neighbours of one kind."""
        for column in node.args if name == "order_by" else ():
            if (text := self.text(column)).startswith('"'):
                self.replace("order", column, f'"{text[2:]}' if text[1] == "-" else f'"-{text[1:]}')
        for keyword in node.keywords if name == "timedelta" else ():
            self.replace("time", keyword.value, f"{self.text(keyword.value)} + 1")
        for one, other in pairwise(node.args):
            first, second = self.text(one), self.text(other)
            if first != second and type(one) is type(other) in (ast.Name, ast.Attribute) and name not in BUILTINS:
                gap = self.source[self.span(one)[1] : self.span(other)[0]].decode()
                self.edits.append(Edit("arguments", self.span(one)[0], self.span(other)[1], f"{second}{gap}{first}"))

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in ("frozen", "slots", "kw_only", "strict"):
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Drop a statement that locks. Docstrings have nothing to edit."""
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call) and re.search(r"\block_\w+$", self.text(node.value.func)):
            self.replace("lock", node, "None")
        self.generic_visit(node)


def edit_python(source: bytes) -> list[Edit]:
    """Return the edits of a module that leave it valid Python and change its meaning."""
    editor = PythonEditor(source)
    tree = ast.parse(source)
    editor.visit(tree)
    return [edit for edit in editor.edits if is_changed(edit, source)]


def is_changed(edit: Edit, source: bytes) -> bool:
    try:
        ast.parse(source[: edit.start] + edit.new.encode() + source[edit.end :])
    except SyntaxError:
        return False
    return source[edit.start : edit.end] != edit.new.encode()
