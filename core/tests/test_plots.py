"""The scales of the plots: a few round numbers, written as the shop writes them."""

from decimal import Decimal
from itertools import pairwise

from core.pages import plots
from core.sentences import Goods, decimal_sign
from testing.tables import all_cases


def write_scale(*numbers, unit="", deepest=0):
    return [text for _, text in plots.make_ticks(numbers, unit, deepest)]


@all_cases(
    ("highest", "expected"),
    [
        (0, ["0"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (12, ["0", "5", "10"]),
        (999, ["0", "200", "400", "600", "800"]),
        (1000, ["0", "500", "1,000"]),
        (4200, ["0", "1,000", "2,000", "3,000", "4,000"]),
        (Decimal("0.90"), ["0.00", "0.20", "0.40", "0.60", "0.80"]),
        (Decimal("1.20"), ["0.00", "0.50", "1.00"]),
        (Decimal("2504.40"), ["0", "1,000", "2,000"]),
        (Goods(2500, 3, "kg"), ["0", "1", "2"]),
    ],
)
def test_a_scale_has_round_numbers(highest, expected):
    assert write_scale(0, highest) == expected


def test_a_scale_has_from_one_to_four_numbers_besides_zero():
    for highest in range(1, 20_000, 7):
        assert 2 <= len(plots.make_ticks([highest], "")) <= plots.MAX_TICKS
        assert 2 <= len(plots.make_ticks([highest], "", highest)) <= plots.MAX_TICKS


def test_what_is_below_the_axis_has_no_sign():
    assert write_scale(240, deepest=750) == ["600", "400", "200", "0", "200"]
    assert write_scale(0, deepest=75) == ["60", "40", "20", "0"]


def test_the_numbers_of_a_scale_have_the_signs_and_the_currency_of_the_shop():
    signs = decimal_sign.set(",")
    try:
        assert write_scale(Decimal("2504.40"), unit="EUR") == ["0 EUR", "1.000 EUR", "2.000 EUR"]
        assert write_scale(Decimal("1.20"), unit="EUR") == ["0,00 EUR", "0,50 EUR", "1,00 EUR"]
    finally:
        decimal_sign.reset(signs)


def test_a_column_plot_draws_the_second_kind_within_the_first():
    columns = [
        plots.PlotColumn("d", Decimal("10.00"), Decimal("4.00")),
        plots.PlotColumn("e", Decimal(-2), Decimal(-1)),
    ]
    plot = plots.make_column_plot("t", ("revenue", "cost"), columns, "EUR", is_within=True)
    revenue, cost, *negative = plot.bars
    assert revenue.y + revenue.height == cost.y + cost.height
    assert (round(cost.height / revenue.height, 1), [bar.height for bar in negative]) == (0.4, [0, 0])
    assert plot.table[1:] == [("d", "10.00 EUR", "4.00 EUR"), ("e", "-2.00 EUR", "-1.00 EUR")]


def test_products_with_and_without_decimals_have_one_scale():
    targets = [plots.PlotTarget("Rice", Goods(500, 3, "kg"), Goods(2000, 3, "kg")), plots.PlotTarget("Cup", 1, 4)]
    plot = plots.make_target_plot("t", ("quantity", "threshold"), targets)
    assert [bar.width for bar in plot.bars] == [12.5, 50.0, 25.0, 100.0]
    assert plot.bars[0].text == "Rice: 0.500 kg quantity, 2.000 kg threshold"


@all_cases("level", [0, 3, 100_000, Goods(2500, 3, "kg")])
def test_a_level_plot_begins_after_the_numbers_of_its_scale(level):
    plot = plots.make_level_plot("t", [("d", level), ("e", level)], threshold=2)
    assert plot.curve.startswith("0.0,")
    assert plot.left > max(label.x for label in plot.scale) > 0
    assert [line.kind for line in plot.lines].count("axis") == 1


def test_a_column_plot_draws_the_period_before_as_a_line():
    columns = [plots.PlotColumn(day, Decimal(number)) for day, number in (("d", 10), ("e", 0), ("f", 4))]
    plot = plots.make_column_plot("t", ("sold", "given back"), columns, before=[Decimal(20), Decimal(0)])
    first, axis = plot.bars[0], plots.HEIGHT - plots.LABEL_HEIGHT
    assert plot.before == f"0.0,{axis - 2 * first.height} 33.33,{axis - 2 * first.height} 33.33,{axis} 66.67,{axis}"
    assert [row[-1] for row in plot.table] == ["before", "20.00", "0.00", "–"]
    assert plot.legend[-1] == ("before", "before")
    assert not plots.make_column_plot("t", ("in", "out"), columns).before


def test_a_column_plot_has_room_for_a_longer_period_before():
    columns = [plots.PlotColumn("d", Decimal(1)), plots.PlotColumn("e", Decimal(2))]
    plot = plots.make_column_plot("t", ("sold", "given back"), columns, before=[Decimal(1), Decimal(1), Decimal(2)])
    assert [float(point.split(",")[0]) for point in plot.before.split()] == [0, 33.33, 33.33, 66.67, 66.67, 100]
    assert plot.table[-1] == ("–", "–", "–", "2.00")


@all_cases("number", range(1, 70))
def test_no_label_of_a_day_touches_another(number):
    labels = plots.make_level_plot("t", [("Nov 23", 1)] * number).labels
    assert labels[0].x == 0
    places = [*(label.x for label in labels), plots.WIDTH]
    assert all(place + plots.MAX_LABEL_WIDTH <= later for place, later in pairwise(places))
