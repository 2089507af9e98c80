"""Leave the wrong rows of a file out of an import, so that the others come in."""

from collections import defaultdict

from products.filing.errors import RowError, RowErrors


class Skipping:
    """What an import leaves out of a file because it is wrong. All attributes are by line.

    `rows` has the errors of each row that is left out. `barcodes` has the reason and the cell of each barcode that is
    left out of a row in which nothing else is wrong. `taken` has the rows of new products whose barcode is that of a
    product of the shop: they are left out, because they are probably that product.
    """

    def __init__(self, errors: RowErrors) -> None:
        self.errors = errors
        self.rows: dict[int, list[RowError]] = {}
        self.barcodes: dict[int, tuple[str, str]] = {}
        self.taken: set[int] = set()
        self.dropped = 0  # the number of errors that were not kept

    def forget(self) -> None:
        """Forget what is left out, because all rows are judged again."""
        self.rows, self.barcodes, self.dropped = {}, {}, 0

    def take_out(self, row_count: int) -> list[int] | None:
        """Leave out what is wrong, and forget the errors. Return the lines that were added to `barcodes`.

        If some lines are wrong by themselves, only these are left out, because the others may be right without them. If
        no row of the file would be left, return None, and record the errors of all rows.
        """
        self.dropped += self.errors.total - len(self.errors.rows)
        errors = defaultdict(list)
        for error in self.errors.rows:
            errors[error.line].append(error)
        lines = (errors.keys() & self.errors.independent) or errors.keys()
        barcodes = {
            line
            for line in lines
            if not (line in self.barcodes or line in self.taken) and {one.column for one in errors[line]} == {"barcode"}
        }
        skipped = {line: errors[line] for line in lines if line not in barcodes}
        if len(self.rows) + len(skipped) >= row_count:
            found = [error for each in (*self.rows.values(), *errors.values()) for error in each]
            self.errors.replace(found, self.dropped)
            return None
        self.rows |= skipped
        self.barcodes |= {line: (errors[line][-1].reason, errors[line][-1].cell) for line in barcodes}
        self.errors.replace([])
        return sorted(barcodes)
