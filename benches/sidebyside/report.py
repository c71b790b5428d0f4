"""What was measured: as data for a program, and as one table for people."""

import datetime
import statistics

from . import machine
from .rows import IDEAL

READING = (
    "Only ratios count: they compare samples of the same turn; absolute figures drift by 30 % and more. A ratio "
    "between 0.87 and 1.15 is noise. Medians, with the least and the most in brackets; above 1 is always better.",
    "\"one core\": both sides on the same core, which shows what the work costs. \"free\": waking a thread on another "
    "core costs more than an echo or an association, so those have no goal there.",
    "\"by CPU\" is the ratio of the processor time of both sides together. Where it differs from \"x DCMTK\", other "
    "programs had the core or somebody waited; on a machine that does other work it is the one to believe.",
    "DCMTK runs with TCP_NODELAY=1 unless it says \"as shipped\". \"ideal\" is a C program that speaks just enough "
    "DICOM and does nothing else.",
    "CPU is user and system time for one echo, association or GB (10^9 bytes of data sets). Peaks are VmHWM, of a "
    "program that ends by itself as seen every 10 ms: 0.0 where it ended before. Bytes of an idle association are the "
    "process's (Pss); the kernel's socket memory is not in them.",
    "Stores: `dimse store`, `dimse serve`, storescu and storescp +B, over one association, files on tmpfs. Time and "
    "CPU of these SCUs, and of echoscu, contain the start of their process. What arrived is counted after each sample.",
    "Conversion: of Explicit VR Little Endian to Implicit; storescu converts each data set in memory, and the time and "
    "CPU of dcmconv's processes is that of its side. Header first: \"x DCMTK\" and \"by CPU\" compare with the same "
    "server without it.",
)


def sheet(results, found, quick):
    """Everything, as plain data."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.description(),
        "versions": found.versions,
        "quick": quick,
        "notes": [*found.notes, *READING],
        "rows": [_row(result) for result in results],
    }


def markdown(sheet):
    versions = ", ".join(f"{name} {version}" for name, version in sheet["versions"].items())
    quick = "; quick, so less exact" if sheet["quick"] else ""
    lines = [f"# Side by side, {sheet['date']}", "", f"{sheet['machine']}; {versions}{quick}", ""]
    lines += _table([_cells(row, side) for row in sheet["rows"] for side in row["sides"]])
    return "\n".join(lines + [""] + [f"- {note}" for note in sheet["notes"]])


def _row(result):
    row = result.row
    return {"name": row.name, "title": row.title, "unit": row.unit,
            "place": row.place(), "is_rate": row.is_rate,
            "sides": [_side(result, side) for side in row.sides]}


def _side(result, side):
    samples = result.samples[side.name]
    figure = result.figures(side.name)
    to_dcmtk = result.ratios(side.name, result.row.dcmtk)
    by_cpu = result.cpu_ratios(side.name, result.row.dcmtk)
    to_ideal = result.ratios(side.name, IDEAL) if result.row.is_rate else None
    return {
        "name": side.name,
        "failure": result.failures.get(side.name),
        "figure": _spread(figure),
        "times_dcmtk": _spread(to_dcmtk),
        "times_dcmtk_by_cpu": _spread(by_cpu),
        "of_ideal": _spread(to_ideal),
        "must": side.must.words() if side.must else None,
        "reached": side.must.verdict(result, side.name) if side.must and figure else None,
        "cpu_microseconds": {role: _median(samples, lambda one: one.cpu * 1e6, role) for role in ("scu", "scp")},
        "peak_bytes": {role: _median(samples, lambda one: one.peak, role) for role in ("scu", "scp")},
        "bytes_of_one": samples[-1].volume if samples else None,
        "words": samples[-1].words if samples else "",
        "samples": [sample.figure for sample in samples],
    }


def _spread(spread):
    return {"median": spread.median, "min": spread.least, "max": spread.most} if spread else None


def _median(samples, value, role):
    usages = [getattr(sample, role) for sample in samples]
    return statistics.median(value(usage) for usage in usages) if usages and all(usages) else None


# ---- the table ----

HEAD = ("row", "side", "figure", "x DCMTK", "by CPU", "of ideal", "must", "reached", "CPU SCU, SCP",
        "peak MiB SCU, SCP")


def _cells(row, side):
    cells = [", ".join(filter(None, (row["title"], row["place"]))), side["name"]]
    if side["failure"]:
        return cells + [f"failed: {side['failure']}"] + [""] * (len(HEAD) - 3)
    figure = _brackets(side["figure"], _number) + " " + row["unit"]
    if side["bytes_of_one"]:
        figure += f", {side['figure']['median'] * side['bytes_of_one'] / 1e6:,.0f} MB/s"
    if side["words"]:
        figure += f" ({side['words']})"
    return cells + [
        figure,
        _brackets(side["times_dcmtk"], _ratio),
        _brackets(side["times_dcmtk_by_cpu"], _ratio),
        _brackets(side["of_ideal"], _ratio),
        side["must"] or "",
        side["reached"] or "",
        _cpu(side),
        _pair(side["peak_bytes"], lambda value: f"{value / 2**20:.1f}"),
    ]


def _cpu(side):
    """For one echo or association; where instances are stored, for 10^9 bytes of them."""
    if side["bytes_of_one"]:
        pair = _pair(side["cpu_microseconds"], lambda value: f"{value * 1e3 / side['bytes_of_one']:.2f}")
        return pair and pair + " s/GB"
    pair = _pair(side["cpu_microseconds"], lambda value: f"{value:.1f}")
    return pair and pair + " us"


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value):
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _brackets(spread, form):
    if spread is None:
        return ""
    if spread["min"] == spread["max"]:
        return form(spread["median"])
    return f"{form(spread['median'])} ({form(spread['min'])}..{form(spread['max'])})"


def _pair(values, form):
    return ", ".join(form(values[role]) for role in ("scu", "scp")) if None not in values.values() else ""


def _table(rows):
    """Padded, so that it can also be read as it is; a row's title stands in its first line only."""
    shown, before = [], None
    for row in rows:
        shown.append(row if row[0] != before else [""] + row[1:])
        before = row[0]
    widths = [max(len(row[column]) for row in [HEAD, *shown]) for column in range(len(HEAD))]
    def line(cells):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    return [line(HEAD), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, shown)]
