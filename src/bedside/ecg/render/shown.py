"""What a page shows of a record, and what it does not: told in words, or refused where it would show nothing.

Knows names of leads and lengths, and whether a lead holds any sample; no pixels.
"""

from __future__ import annotations

import difflib
import shlex

from bedside.ecg.leads import is_blank
from bedside.ecg.render.geometry import SPAN_S, Panel, place, shorter_than_page, span_s
from bedside.ecg.render.layout import Layout, parse_layout
from bedside.ecg.render.options import RenderOptions
from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord

__all__ = ["check_page", "notices", "recorded_leads"]


def recorded_leads(record: EcgRecord) -> tuple[str, ...]:
    """Return the leads that hold any sample, computed ones among them."""
    pairs = zip(record.leads, record.signals_mv, strict=True)
    return tuple(lead for lead, signal in pairs if not is_blank(signal))


def check_page(record: EcgRecord, options: RenderOptions) -> None:
    """Refuse a page that begins where the record has ended, or has a place for a lead that nobody knows.

    Raises:
        DataError: it is such a page.
    """
    if options.start_s > 0 and options.start_s >= record.duration_s:
        raise DataError(
            f"the record ends at {record.duration_s:.6g} s, the page would begin at {options.start_s:g} s",
            fix="let it begin earlier, with --start",
        )
    unknown = [lead for lead in options.layout.leads if lead not in LEADS and lead not in record.leads]
    if unknown:
        raise DataError(
            f"layout {options.layout.name!r} asks for {unknown[0]!r}, which is neither a standard lead"
            f" nor one of this record ({', '.join(record.leads)})",
            fix=_meant(unknown[0], (*LEADS, *record.leads)),
        )


def notices(record: EcgRecord, options: RenderOptions) -> tuple[str, ...]:
    """Say which part of a record a page shows, what stands elsewhere than usual, and which leads it lacks."""
    return tuple(
        text for text in (_window(record, options), _short(record, options), _hidden(record, options)) if text
    )


def _window(record: EcgRecord, options: RenderOptions) -> str:
    end_s = options.start_s + span_s(options)
    cut_off = (record.duration_s - end_s) * record.sampling_rate_hz >= 1.0 - 1e-6
    if not cut_off and options.start_s == 0:
        return ""
    shown = f"{options.start_s:.4g} to {min(end_s, record.duration_s):.4g} s"
    return f"window_chosen: the page shows {shown} of a record of {record.duration_s:.6g} s"


def _short(record: EcgRecord, options: RenderOptions) -> str:
    short_s = shorter_than_page(record.duration_s, options)
    if short_s is None:
        return ""
    moved: dict[float, list[str]] = {}
    for panel in place(recorded_leads(record), options, short_s=short_s):
        if panel.moved and panel.state != "missing":
            moved.setdefault(panel.start_s, []).append(_signed(panel))
    end_s = options.start_s + span_s(options)
    code = "short_record: " if record.duration_s < SPAN_S else ""
    text = f"{code}the record ends at {short_s:g} s, the page at {end_s:.4g} s"
    words = [f"{', '.join(leads)} from {start_s:.1f} s" for start_s, leads in moved.items()]
    return f"{text}; moved to the last seconds that there are: {'; '.join(words)}" if words else text


def _hidden(record: EcgRecord, options: RenderOptions) -> str:
    leads = [lead for lead in recorded_leads(record) if lead not in record.derived]
    hidden = [lead for lead in leads if lead not in options.layout.leads]
    if not hidden:
        return ""
    others = [lead for lead in leads if lead not in hidden]
    text = f"not on this page: {', '.join(hidden)}"
    layout = _layout_of([*hidden, *others[:1]])
    it = "it" if len(hidden) == 1 else "them"
    return f"{text}; --layout {shlex.quote(layout.name)} shows {it}" if layout else text


def _layout_of(leads: list[str]) -> Layout | None:
    """Return the layout with a row for each lead, if their names can be spelled in one."""
    try:
        layout = parse_layout("/".join(leads))
    except DataError:
        return None
    return layout if layout.leads == tuple(leads) else None


def _signed(panel: Panel) -> str:
    return panel.lead if panel.sign > 0 else f"-{panel.lead}"


def _meant(name: str, known: tuple[str, ...]) -> str:
    """Ask for the name that was possibly meant, and say which there are."""
    by_case = {lead.casefold(): lead for lead in known}
    close = difflib.get_close_matches(name.casefold(), by_case, n=1, cutoff=0.5)
    asked = f"did you mean {by_case[close[0]]!r}? " if close else ""
    return f"{asked}the standard leads are {', '.join(LEADS)}"
