"""What stockpyl answers to the questions of the agreement: JSON on standard output."""

import json

from scipy import stats
from stockpyl.eoq import economic_order_quantity
from stockpyl.loss_functions import poisson_loss
from stockpyl.newsvendor import newsvendor_continuous, newsvendor_discrete, newsvendor_normal, newsvendor_poisson
from stockpyl.rq import r_q_cost_poisson, r_q_poisson_exact

# Money of a unit: price, cost, and what is got for one that is left over, as share of the cost.
MONEY = [(100, 60, 0.0), (100, 90, 0.0), (250, 40, 0.5), (120, 100, 0.25), (1000, 20, 0.0)]
MEANS = [0.4, 3.0, 20.0, 150.0]
NORMALS = [(50.0, 8.0), (400.0, 90.0)]
DISPERSIONS = [(4.0, 0.5), (30.0, 0.2)]
# Units a year, cost of an order, keeping of a unit for a year.
ORDERS = [(730, 40, 15), (52, 40, 25), (10_000, 350, 4)]
# A day: keeping of a unit, a unit short, cost of an order, units a day, lead time in days.
REORDERS = [(0.041, 4.0, 40.0, 2.0, 3), (0.041, 1.0, 40.0, 0.5, 7), (0.2, 4.0, 20.0, 10.0, 2)]


def negative_binomial(mean: float, dispersion: float):
    """Of variance mean + dispersion * mean^2."""
    size = 1 / dispersion
    return stats.nbinom(size, size / (size + mean))


def whole(value: float) -> int:
    assert value == int(value), value
    return int(value)


def main() -> None:
    answers = {"poisson": [], "negative_binomial": [], "normal": [], "continuous": [], "base_stock": []}
    for price, cost, salvage_share in MONEY:
        over, under = cost - cost * salvage_share, price - cost
        money = {"price": price, "cost": cost, "salvage_share": salvage_share}
        for mean in MEANS:
            level, _ = newsvendor_poisson(over, under, mean)
            answers["poisson"].append({**money, "mean": mean, "level": whole(level)})
        for mean, dispersion in DISPERSIONS:
            level, _ = newsvendor_discrete(over, under, negative_binomial(mean, dispersion))
            answers["negative_binomial"].append(
                {**money, "mean": mean, "dispersion": dispersion, "level": whole(level)}
            )
        for mean, sd in NORMALS:
            level, _ = newsvendor_normal(over, under, mean, sd)
            answers["normal"].append({**money, "mean": mean, "sd": sd, "level": float(level)})
        shape, scale = 4.0, 25.0
        level, _ = newsvendor_continuous(over, under, stats.gamma(shape, scale=scale))
        answers["continuous"].append({**money, "shape": shape, "scale": scale, "level": float(level)})
        # Base stock of a daily review: demand of the lead time and of the day of review.
        for mean, sd, lead in [(50.0, 8.0, 0), (50.0, 8.0, 3)]:
            level, _ = newsvendor_normal(over, under, mean, sd, lead_time=lead)
            answers["base_stock"].append({**money, "mean": mean, "sd": sd, "lead": lead, "level": float(level)})
    answers["shortage"] = [
        {"mean": mean, "stock": stock, "shortage": float(poisson_loss(stock, mean)[0])}
        for mean in MEANS
        for stock in (0, 1, 5, 25, 160)
    ]
    answers["order_quantity"] = [
        {
            "demand": demand,
            "order_cost": order_cost,
            "holding_cost": holding_cost,
            "quantity": float(economic_order_quantity(order_cost, holding_cost, demand)[0]),
        }
        for demand, order_cost, holding_cost in ORDERS
    ]
    answers["reorder"] = []
    for holding, short, order_cost, mean, lead in REORDERS:
        point, quantity, least = r_q_poisson_exact(holding, short, order_cost, mean, lead)
        eoq = max(1, round(economic_order_quantity(order_cost, holding, mean)[0]))
        # What each reorder point costs with the economic order quantity, to hold the rule of planning to the best.
        costs = {
            candidate: float(r_q_cost_poisson(candidate, eoq, holding, short, order_cost, mean, lead))
            for candidate in range(0, whole(point) + 3 * (lead + 3))
        }
        answers["reorder"].append(
            {
                "holding": holding,
                "short": short,
                "order_cost": order_cost,
                "mean": mean,
                "lead": lead,
                "reorder_point": whole(point),
                "quantity": whole(quantity),
                "cost": float(least),
                "costs_at_eoq": costs,
            }
        )
    print(json.dumps(answers, indent=1))


if __name__ == "__main__":
    main()
