"""With LineErrors, lines keep their index in the request, and a refusal names all refused lines."""

import pytest

from stock.booking.holdings import LineErrors
from stock.errors import CountedTwice, MalformedLine
from trade.reservations.errors import NothingReserved


def refuse(*indexes):
    errors = LineErrors()
    errors.by_index = {index: MalformedLine() for index in indexes}
    return errors


def test_lines_keep_their_index_beside_refused_ones():
    errors = refuse(0, 2)
    assert list(errors.each(["b", "d", "e"])) == [(1, "b"), (3, "d"), (4, "e")]


def test_a_second_step_gets_only_the_lines_that_the_first_has_not_refused():
    errors = refuse(0)
    kept = []
    for index, line in errors.each(["b", "c", "d"]):
        with errors.of(index):
            if line == "c":
                raise CountedTwice
            kept.append(line)
    assert list(errors.each(kept)) == [(1, "b"), (3, "d")]


def test_the_refusal_has_all_errors():
    errors = refuse(1)
    with errors.of(0):
        raise CountedTwice
    with pytest.raises(NothingReserved) as refused:
        errors.raise_if_any(NothingReserved)
    assert [(line["line"], line["code"]) for line in refused.value.as_dict()["lines"]] == [
        (0, "counted_twice"), (1, "invalid"),
    ]  # fmt: skip


def test_without_errors_nothing_is_raised():
    LineErrors().raise_if_any()


def test_other_exceptions_are_not_collected():
    errors = LineErrors()
    with pytest.raises(KeyError), errors.of(0):
        raise KeyError
    assert not errors.by_index
