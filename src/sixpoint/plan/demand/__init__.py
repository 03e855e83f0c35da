"""Demand: calls in time, place and type, fitted to a log, held against it, written down, drawn from."""

from sixpoint.plan.demand.draw import draw_calls
from sixpoint.plan.demand.fit import fit_demand
from sixpoint.plan.demand.model import Demand, Drawn

__all__ = ["Demand", "Drawn", "draw_calls", "fit_demand"]
