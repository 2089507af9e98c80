"""Makes the mutants of a file. The rules for Python are here, those for texts in `texts.py`."""

import ast
import builtins
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

from testing.mutants.texts import SQL_RULES, SQL_SIGN, Edit, edit_script, edit_template, edit_text


@dataclass(frozen=True)
class Mutant:
    """An edit of a file, or a statement for the database that removes what the edited text declares.

    `old` and `new` are the whole lines that the edit changes, which name the mutant in the survivors.
    """

    file: str
    edit: Edit
    line: int
    last_line: int
    old: str
    new: str
    statement: str = ""

    def apply(self, source: bytes) -> bytes:
        return source[: self.edit.start] + self.edit.new.encode() + source[self.edit.end :]


def make_mutants(file: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a file, in the order of its lines."""
    make = {".py": edit_python, ".html": edit_template, ".js": edit_script}[PurePath(file).suffix]
    return [name_mutant(file, edit, source) for edit in sorted(set(make(source)), key=lambda edit: edit[1:])]


def name_mutant(file: str, edit: Edit, source: bytes, statement: str = "") -> Mutant:
    """Return the mutant of an edit. It is named by its lines, and as many before them as it takes to name one place."""
    start, end = source.rfind(b"\n", 0, edit.start) + 1, source.find(b"\n", edit.end)
    while start and source.count(source[start:end]) > 1:
        start = source.rfind(b"\n", 0, start - 1) + 1
    lines = source[start:end].decode().strip()
    changed = (source[start : edit.start] + edit.new.encode() + source[edit.end : end]).decode().strip()
    first, last = (source.count(b"\n", 0, place) + 1 for place in (edit.start, edit.end))
    return Mutant(file, edit, first, last, lines, changed, statement)


TWINS = {"min": "max", "max": "min", "Min": "Max", "Max": "Min", "any": "all", "all": "any", "reversed": "iter",
         "first": "last", "last": "first", "earliest": "latest", "latest": "earliest"}  # fmt: skip
TWIN_RULES = {"min": "extreme", "max": "extreme", "any": "extreme", "all": "extreme"}
ROUNDINGS = {"ROUND_HALF_UP": "ROUND_DOWN", "ROUND_UP": "ROUND_DOWN", "ROUND_DOWN": "ROUND_UP"}
BOUNDARIES = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}
READERS = {"filter", "exclude", "get", "update_or_create", "get_or_create"}
LINKS = {"live", "filter", "exclude", "distinct", "strip", "lower"}  # calls whose value has the type of their object
LOOK_UPS = {"__gte": "__gt", "__gt": "__gte", "__lte": "__lt", "__lt": "__lte"}
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
        if isinstance(node.op, ast.Or) and not any(isinstance(value, ast.Constant) for value in node.values):
            first, second, *rest = (f"({self.text(value)})" for value in node.values)
            self.replace("sides", node, f"({' or '.join([second, first, *rest])})")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        for branch in (node.body, node.orelse):
            self.replace("branch", node, f"({self.text(branch)})")
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
        if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            self.replace("sign", node, f"({self.text(node.operand)})")
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
            self.edit_look_up(node, node.value)

    def edit_look_up(self, node: ast.expr | ast.keyword, name: str) -> None:
        """Let a comparison that is part of a name include its limit or leave it out."""
        if ending := re.search(r"__(?:gte?|lte?)$", name):
            start, end = self.span(node)
            first = self.source.index(ending[0].encode(), start, end)
            self.edits.append(Edit("boundary", first, first + len(ending[0]), LOOK_UPS[ending[0]]))

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
        if isinstance(node.op, ast.Add | ast.Sub) and not SET.search(left + right) and '"' not in left + right:
            self.replace("term", node, f"({left})")
        if isinstance(node.op, ast.BitOr) and not isinstance(node.left, ast.BinOp):
            self.replace("union", node, f"({left})")
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set | ast.Tuple) -> None:
        """Drop a member, of a tuple only if it is one of several texts or constants."""
        for member in node.elts if len(node.elts) > 1 else ():
            self.remove("member", member)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        named = all(isinstance(one, ast.Constant | ast.Attribute) for one in node.elts)
        if named and isinstance(node.ctx, ast.Load) and len(node.elts) > 2:
            self.visit_Set(node)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id == "Right" and node.attr != "READ":
            self.replace("right", node, "Right.READ")
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
        self.edit_keywords(node, name)
        if name == "for_user":
            self.edits.append(Edit("owner", start, self.span(node)[1], "all()"))
        if name == "select_for_update" and isinstance(function, ast.Attribute):
            self.replace("lock", node, self.text(function.value))
        # edit_keywords() drops a single condition.
        has_one_condition = name in READERS and len(node.keywords) == 1 and not node.args
        if name in LINKS and isinstance(function, ast.Attribute) and not has_one_condition:
            self.replace("chain", node, self.text(function.value))
        if name in ("min", "max", "sorted") and isinstance(function, ast.Name) and len(node.args) == 2:
            for kept in node.args:
                self.replace("extreme", node, self.text(kept))
        if name in ("shop_today", "today"):
            self.replace("time", node, f"({self.text(node)} + {A_DAY})")
        self.edit_arguments(node, name)
        self.generic_visit(node)

    def edit_keywords(self, node: ast.Call, name: str) -> None:
        """Drop a condition of a query, or a value that the function has a default for."""
        for keyword in node.keywords if name in READERS or name not in BUILTINS else ():
            if name in READERS:
                self.remove("owner" if "owner" in (keyword.arg or "") else "filter", keyword)
            elif keyword.arg and not isinstance(keyword.value, ast.Constant):
                self.remove("keyword", keyword)

    def edit_arguments(self, node: ast.Call, name: str) -> None:
        """Change the columns of an order and the lengths of times, and exchange neighbours of one kind."""
        for column in node.args if name == "order_by" else ():
            if (text := self.text(column)).startswith('"'):
                self.replace("order", column, f'"{text[2:]}' if text[1] == "-" else f'"-{text[1:]}')
                if len(node.args) > 1:
                    self.remove("order", column)
        for keyword in node.keywords if name == "timedelta" else ():
            self.replace("time", keyword.value, f"{self.text(keyword.value)} + 1")
        for one, other in pairwise(node.args):
            first, second = self.text(one), self.text(other)
            if first != second and type(one) is type(other) in (ast.Name, ast.Attribute) and name not in BUILTINS:
                gap = self.source[self.span(one)[1] : self.span(other)[0]].decode()
                self.edits.append(Edit("arguments", self.span(one)[0], self.span(other)[1], f"{second}{gap}{first}"))

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in ("frozen", "slots", "kw_only", "strict"):
            self.edit_look_up(node, node.arg or "")
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Drop a statement that is called for its effect. Docstrings have nothing to edit."""
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call):
            locks = re.search(r"\block_\w+$", self.text(node.value.func))
            self.replace("lock" if locks else "statement", node, "None")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.replace("statement", node, "None")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Exchange parameters of one type, each for the next, and drop the transaction around the function."""
        for decorator in node.decorator_list:
            if self.text(decorator) == "atomic":
                self.replace("atomic", decorator, "(lambda function: function)")
        parameters = [*node.args.args, *node.args.kwonlyargs]
        typed = [(one.arg, self.text(one.annotation)) for one in parameters if one.annotation]
        for name, annotation in typed:
            others = [other for other, same in typed if same == annotation and other != name]
            for use in ast.walk(node) if others else ():
                if isinstance(use, ast.Name) and use.id == name and isinstance(use.ctx, ast.Load):
                    self.replace("sibling", use, others[0])
        node.returns = None
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Leave types as they are: nothing reads them when the product runs."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Exchange attributes of one type in the methods of a class, each for the next."""
        fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
        typed = [(one.target.id, self.text(one.annotation)) for one in fields if isinstance(one.target, ast.Name)]
        next_of = {name: other for (name, kind), (other, same) in pairwise(typed) if kind == same}
        for use in ast.walk(node):
            if isinstance(use, ast.Attribute) and use.attr in next_of and self.text(use.value) == "self":
                self.replace("sibling", use, f"self.{next_of[use.attr]}")
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
