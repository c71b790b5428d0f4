"""The order of measuring: the sides of a row take turns, and each turn begins with another one."""

import dataclasses
import statistics

from . import machine
from .goals import ROLES
from .process import Failed


@dataclasses.dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    @staticmethod
    def of(values):
        values = list(values)
        return Spread(statistics.median(values), min(values), max(values)) if values else None


@dataclasses.dataclass
class Result:
    """The samples of a row: for each side one a turn, as long as it did not fail."""

    row: object
    samples: dict
    failures: dict

    def figures(self, side):
        return Spread.of(sample.figure for sample in self.samples[side])

    def ratios(self, side, reference):
        """How many times better than the reference, turn by turn; None for the reference itself."""
        if side == reference or reference not in self.samples:
            return None
        pairs = zip(self.samples[side], self.samples[reference])
        if self.row.is_rate:
            return Spread.of(own.figure / other.figure for own, other in pairs)
        return Spread.of(other.figure / own.figure for own, other in pairs if own.figure > 0)

    def cpu_ratios(self, side, reference, roles=ROLES):
        """The same by the processor time of one role, or of both together: what the machine's other work does not
        change."""
        if side == reference or reference not in self.samples or not (self.row.is_rate and self.row.same_count):
            return None
        pairs = zip(self.samples[side], self.samples[reference])
        return Spread.of(other.cpu(roles) / own.cpu(roles) for own, other in pairs)


def measure(row, usual_turns):
    result = Result(row, {side.name: [] for side in row.sides}, {})
    machine.step_aside(row.pinned)
    for turn in range(row.turns or usual_turns):
        first = turn % len(row.sides)
        for side in row.sides[first:] + row.sides[:first]:
            if side.name in result.failures:
                continue
            try:
                result.samples[side.name].append(side.sample(row.pinned))
            except (Failed, OSError) as why:
                result.failures[side.name] = str(why)
    return result
