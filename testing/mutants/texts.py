"""The rules by which mutants are made of texts: SQL in strings, templates and scripts."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Edit(NamedTuple):
    """A text that replaces another one: `start` and `end` are its bytes in the file."""

    rule: str
    start: int
    end: int
    new: str


# A rule has a name, a pattern, and what replaces a match. `CASE` keeps the second or the third of its groups.
SQL_SIGN = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|ORDER BY|CASE|COALESCE|FOR UPDATE|AND)\b")
BETWEEN = r"\bBETWEEN\s+\S+\s+"
CONDITION = rf"(?:{BETWEEN}AND\s+[^\s)\"]+|(?!\bBETWEEN\b)[^()\n]|\((?:[^()]|\([^()]*\))*\))+?"
END = r"(?=\s*(?:\bAND\b|\bOR\b|\)|\bORDER\b|\bGROUP\b|\bTHEN\b|\bLIMIT\b|\bFOR\b|\bRETURNING\b|\bUNION\b|\"|\n|$))"
CLOSE = r"(?=\s*(?:\)|\bORDER\b|\bGROUP\b|\bRETURNING\b|\"|$))"
ALONE = r"(?:(?!\bAND\b|\bOR\b|\bBETWEEN\b)(?:[^()\n]|\((?:[^()]|\([^()]*\))*\)))+?"
INNER = r"((?:(?!\b(?:CASE|WHEN|THEN|ELSE|END)\b).)+)"
CASE = rf"\bCASE WHEN {INNER} THEN {INNER} ELSE {INNER} END\b"
SQL_RULES = [
    ("conjunct", rf"(?<!\d)\bAND\s+(?!NOT MATCHED){CONDITION}{END}", r""),
    ("conjunct", rf"\b(WHERE|WHEN|ON)\s+{CONDITION}\s+AND\b", r"\1"),
    ("filter", rf"\bWHERE\s+(?!CURRENT){ALONE}{CLOSE}", r""),
    ("negation", r"\bNOT (?!NULL|MATCHED|IN\b|LIKE|MATERIALIZED)(?=[A-Za-z_({%])", ""),
    ("branch", CASE, r"(\2)"),
    ("branch", CASE, r"(\3)"),
    ("boundary", r"(?<=\s)([<>])(?=\s)", r"\1="),
    ("boundary", r"(?<=\s)([<>])=(?=\s)", r"\1"),
    ("extreme", r"\bmin\(", "max("),
    ("extreme", r"\bmax\(", "min("),
    ("extreme", r"\bleast\(", "greatest("),
    ("extreme", r"\bgreatest\(", "least("),
    ("order", r" DESC\b", ""),
    ("order", r"\b(ORDER BY [\w.]+)(?=[\s,)\"])(?! DESC)", r"\1 DESC"),
    ("order", r"\b(ORDER BY )([\w.]+), ([\w.]+)(?=[\s,)\"])", r"\1\3, \2"),
    ("lock", r"\s+FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF [\w, ]+)?", ""),
    ("default", r"\bCOALESCE\(([^(),]+), [^(),]+\)", r"(\1)"),
    ("rounding", r"\bround\(", "trunc("),
    ("join", r"\bLEFT JOIN\b", "JOIN"),
    ("twice", r"\bSELECT DISTINCT\b(?! ON)", "SELECT"),
    ("extreme", r"\b(?:least|greatest)\(([\w.]+), [^(),]+\)", r"(\1)"),
    ("term", r" [+-] (?:[\w.]+|coalesce\([^()]*\))(?=[\s,)])", ""),
    ("case", r"\blower\(((?:[^()]|\([^()]*\))*)\)", r"(\1)"),
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
    ("term", r" [+-] [\w.]+(?:\([^()]*\))?(?=[;,)\n])", ""),
    ("branch", r"(?<=[\w)\"\]]) \? (?=[^.?])", " && false ? "),
    ("branch", r"(?<=[\w)\"\]]) \? (?=[^.?])", " || true ? "),
    ("chain", r"\.filter\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", ""),
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
