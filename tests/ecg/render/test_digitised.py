"""What can be measured in a picture is what was recorded: every lead is read back from its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.readers import read_ecg
from bedside.ecg.render import RenderOptions, draw, parse_layout, parse_paper
from bedside.ecg.render.geometry import Panel, place
from bedside.ecg.synth import synthesize
from bedside.records import EcgRecord

ROWS_3X4 = parse_layout("3x4")
PAGES = {name: RenderOptions(layout=ROWS_3X4, paper=parse_paper(name)) for name in ("896", "a4")}
SYNTHETIC = ("normal_sinus_rhythm", "atrial_fibrillation", "left_bundle_branch_block", "stemi_inferior")
REAL = ("cinc2021_ptbxl", "cinc2021_georgia", "cinc2021_chapman_ningbo", "ptbxl/records100/00000")
FLAT_MV = 0.01
POINTS = 64


@dataclass(frozen=True)
class Read:
    """How one lead that was read back compares with the record."""

    rms_mv: float
    r: float
    shift_ms: float


def columns(panel: Panel, options: RenderOptions) -> np.ndarray:
    """Return the pixel columns that the panel has for itself."""
    scale = options.paper.px_per_mm
    end = min(options.paper.width_px, np.floor((panel.x_mm + panel.width_mm) * scale + 1e-6))
    return np.arange(np.ceil(panel.x_mm * scale - 1e-6), end).astype(int)


def recorded(record: EcgRecord, panel: Panel, options: RenderOptions) -> np.ndarray:
    """Return the record, averaged over each pixel column, shape (columns, points in a column) before that."""
    signal = panel.sign * record.signals_mv[record.leads.index(panel.lead)]
    x_px = columns(panel, options)[:, None] + (np.arange(POINTS) + 0.5) / POINTS
    seconds = panel.start_s + (x_px / options.paper.px_per_mm - panel.x_mm) / options.mm_per_s
    samples = np.arange(signal.size) / record.sampling_rate_hz
    return np.interp(seconds, samples, signal, right=np.nan)


def read_back(page: np.ndarray, panel: Panel, options: RenderOptions) -> np.ndarray:
    """Return the millivolts at the middle of the dark ink in every column of the panel's band."""
    scale = options.paper.px_per_mm
    first, last = (round(mm * scale) for mm in (panel.top_mm, panel.top_mm + panel.height_mm))
    red = page[max(0, first) : last, columns(panel, options), 0].astype(float)
    core = red < 120  # neither grid nor writing is as dark in red
    near = core.copy()
    near[1:] |= core[:-1]
    near[:-1] |= core[1:]
    weight = np.clip((240 - red) / 220, 0, 1) * near
    heights = np.arange(red.shape[0])[:, None] + max(0, first) + 0.5
    with np.errstate(invalid="ignore"):
        middle = (weight * heights).sum(axis=0) / weight.sum(axis=0)
    return (panel.baseline_mm - middle / scale) / options.mm_per_mv


def crossed(panel: Panel, record: EcgRecord, options: RenderOptions) -> bool:
    """Tell whether the trace leaves its band, or one of another row enters it: ink cannot be told apart."""
    for other in place(record.leads, options):
        beside = other.x_mm >= panel.x_mm + panel.width_mm or other.x_mm + other.width_mm <= panel.x_mm
        if beside:
            continue
        height = other.baseline_mm - options.mm_per_mv * recorded(record, other, options)
        inside = (height > panel.top_mm + 1) & (height < panel.top_mm + panel.height_mm - 1)
        if inside.any() != inside.all() or (inside.any() and other.row != panel.row):
            return True
    return False


def compare(record: EcgRecord, options: RenderOptions) -> list[Read]:
    """Draw a record and read every lead back that shows anything and is not crossed."""
    page = draw(record, options).rgb()
    found: list[Read] = []
    for panel in place(record.leads, options):
        truth = recorded(record, panel, options).mean(axis=1)
        if not np.isfinite(truth).all():
            truth[~np.isfinite(truth)] = np.nan
        if panel.state == "missing" or np.nanstd(truth) < FLAT_MV or crossed(panel, record, options):
            continue
        seen = read_back(page, panel, options)
        both = np.isfinite(truth) & np.isfinite(seen)
        assert both.mean() > 0.97
        truth, seen = truth[both], seen[both]
        px = np.arange(truth.size)
        shifts = np.arange(-1.5, 1.51, 0.05)
        fit = [np.corrcoef(truth[2:-2], np.interp(px + by, px, seen)[2:-2])[0, 1] for by in shifts]
        ms = shifts[int(np.argmax(fit))] / options.paper.px_per_mm / options.mm_per_s * 1000
        found.append(
            Read(
                float(np.sqrt(np.mean((truth - seen) ** 2))), float(np.corrcoef(truth, seen)[0, 1]), float(ms)
            )
        )
    return found


def passes(reads: list[Read]) -> None:
    assert max(read.rms_mv for read in reads) <= 0.02
    assert max(abs(read.shift_ms) for read in reads) <= 4
    assert min(read.r for read in reads) >= 0.99
    assert np.mean([read.r >= 0.999 for read in reads]) >= 0.75


@pytest.mark.parametrize("page", PAGES)
def test_synthetic_records_are_read_back(page: str):
    reads: list[Read] = []
    for number, kind in enumerate(SYNTHETIC):
        rng = np.random.default_rng(number)
        reads += compare(synthesize(kind, rng=rng, subject_id="s", record_name="r").record, PAGES[page])
    assert len(reads) >= 30
    passes(reads)


@pytest.mark.parametrize("page", PAGES)
def test_real_records_are_read_back(page: str, data_dir: Path):
    reads: list[Read] = []
    for folder in REAL:
        for header in sorted((data_dir / "ecg" / folder).glob("*.hea"))[:4]:
            reads += compare(read_ecg(header).record, PAGES[page])
    assert len(reads) >= 100
    passes(reads)
