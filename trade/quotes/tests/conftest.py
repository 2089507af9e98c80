from trade.prices.tests.conftest import ada, basket, cup, regulars, tea

__all__ = ["ada", "basket", "cup", "regulars", "tea"]
