"""What this library must reach: each goal says itself in words and judges a side of a measured row."""

import dataclasses

NOISE = 1.15
ROLES = ("scu", "scp")


@dataclasses.dataclass(frozen=True)
class TimesDcmtk:
    """At least this ratio to DCMTK, by the rate and by processor time: on a busy machine one may mislead."""

    factor: float

    def words(self):
        return f"{self.factor} x DCMTK"

    def verdict(self, result, side):
        by_rate, by_cpu = (of(side, result.row.dcmtk) for of in (result.ratios, result.cpu_ratios))
        if by_rate is None or by_cpu is None:
            return None
        reached = (by_rate.median >= self.factor, by_cpu.median >= self.factor)
        return {(True, True): "yes", (True, False): "by rate only", (False, True): "by CPU only"}.get(reached, "NO")


@dataclasses.dataclass(frozen=True)
class RateTimesDcmtk:
    """At least this ratio to DCMTK by the rate, where both sides together have more than one core."""

    factor: float

    def words(self):
        return f"{self.factor} x DCMTK"

    def verdict(self, result, side):
        by_rate = result.ratios(side, result.row.dcmtk)
        return by_rate and _yes_or_no(by_rate.median >= self.factor)


@dataclasses.dataclass(frozen=True)
class NoSlower:
    """Than DCMTK by the rate, but for noise."""

    def words(self):
        return "no slower"

    def verdict(self, result, side):
        by_rate = result.ratios(side, result.row.dcmtk)
        return by_rate and _yes_or_no(by_rate.median >= 1 / NOISE)


@dataclasses.dataclass(frozen=True)
class CpuTimesDcmtk:
    """At most this part of the processor time of DCMTK in the same role, or of both sides together."""

    factor: float
    roles: tuple = ROLES

    def words(self):
        return f"CPU {self.factor} x"

    def verdict(self, result, side):
        by_cpu = result.cpu_ratios(side, result.row.dcmtk, self.roles)
        return by_cpu and _yes_or_no(1 / by_cpu.median <= self.factor)


@dataclasses.dataclass(frozen=True)
class PeakAtMost:
    """No process of ours may ever have had more resident memory."""

    mebibytes: int
    roles: tuple = ROLES

    def words(self):
        return f"peak {self.mebibytes} MiB"

    def verdict(self, result, side):
        peaks = [getattr(sample, role).peak for sample in result.samples[side] for role in self.roles]
        return _yes_or_no(max(peaks) <= self.mebibytes << 20) if peaks else None


@dataclasses.dataclass(frozen=True)
class AtMostBytes:
    """The figure, which is bytes."""

    limit: int

    def words(self):
        return f"{self.limit // 1000} kB"

    def verdict(self, result, side):
        figure = result.figures(side)
        return figure and _yes_or_no(figure.median <= self.limit)


@dataclasses.dataclass(frozen=True)
class Every:
    """All of several; what is not reached is named."""

    goals: tuple

    def words(self):
        return ", ".join(goal.words() for goal in self.goals)

    def verdict(self, result, side):
        verdicts = {goal.words(): goal.verdict(result, side) for goal in self.goals}
        if None in verdicts.values():
            return None
        missed = [words for words, verdict in verdicts.items() if verdict != "yes"]
        return f"NO: {', '.join(missed)}" if missed else "yes"


def _yes_or_no(reached):
    return "yes" if reached else "NO"
