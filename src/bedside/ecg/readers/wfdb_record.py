"""Read an ECG from a WFDB record: the entry point, and how stretches of signals become one recording.

A record has samples of its own or is made of segments: all alike (fixed layout) or each with its own selection
of signals (variable layout, whose first segment has no samples and says in which order they come). Where a
segment is a gap (`~`) or lacks a signal, the signal is NaN.

Signals of different rates come to the highest by straight lines between their samples: the curve that paper
would show stays the same, and no sample is lost, as it is when the fast ones are averaged down.

Warns of what the files themselves tell: gain or unit missing, checksums that do not fit. Does not derive
leads and does not judge signals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.leads import standard_name, standardize
from bedside.ecg.reading import EcgReading, EcgWarning
from bedside.ecg.readers.wfdb_header import Header, beside, read_header
from bedside.ecg.readers.wfdb_signals import Channel, Stretch, is_voltage, read_stretch
from bedside.ecg.readers.wfdb_subject import age_years, sex
from bedside.errors import DataError
from bedside.records import EcgRecord

__all__ = ["read_wfdb"]
