"""What the ventricles' complex looks like in each disease: loops of the dipole, widths, voltages, ST and T.

A loop is a table of Gaussian waves; how it is turned, stretched and scaled for one subject stands in
`complexes`. Directions follow vectorcardiography and the criteria the AHA/ACCF/HRS recommendations for the
standardization and interpretation of the electrocardiogram: part III, intraventricular conduction (J Am Coll
Cardiol 53:976, 2009); part IV, ST, T and QT (53:982); part V, chamber hypertrophy (53:992); part VI, acute
ischaemia (53:1003), and the fourth universal definition of myocardial infarction (Circulation 138:e618, 2018).
Knows nothing of rhythms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FORMS", "Form", "Range", "Row", "Vector"]

Range = tuple[float, float]
Vector = tuple[float, float, float]
Row = tuple[float, float, float, float, float]
"""Center ms, standard deviation ms, then x (left), y (feet), z (back) in millivolts."""


@dataclass(frozen=True)
class Form:
    """How a complex looks; each range is drawn from once for a subject.

    Attributes:
        loop: QRS waves; times and sizes are relative, `qrs_ms` and `voltage_mv` set them.
        qrs_ms: QRS duration.
        axis_deg: lowest, likeliest and highest frontal axis; `None` leaves the loop as it is.
        voltage: what `voltage_mv` speaks of: the largest `vector`, `sokolow` = S in V1 + the larger R of V5 and
            V6, or `low` = the larger of twice the limb leads' and once the chest leads' peak to peak.
        voltage_mv: that size.
        t_mv: vector of the T wave.
        t_size: factor of `t_mv`.
        t_apex: when T is highest, as a share of QT.
        t_rise: standard deviation of T's rising flank, as a share of QT.
        st_mv: direction of the ST segment's shift.
        st_size: factor of `st_mv`.
        qtc_ms: QT at 60 bpm.
        spike_mv: vector of the pacemaker's stimulus; `None` where there is none.
    """

    loop: tuple[Row, ...]
    qrs_ms: Range = (82.0, 100.0)
    axis_deg: tuple[float, float, float] | None = (-18.0, 38.0, 80.0)
    voltage: Literal["vector", "sokolow", "low"] = "vector"
    voltage_mv: Range = (0.85, 1.95)
    t_mv: Vector = (0.30, 0.18, -0.24)
    t_size: Range = (0.75, 1.25)
    t_apex: Range = (0.76, 0.79)
    t_rise: Range = (0.15, 0.19)
    st_mv: Vector = (0.03, 0.02, -0.04)
    st_size: Range = (0.0, 1.0)
    qtc_ms: Range = (385.0, 432.0)
    spike_mv: Vector | None = None


SEPTUM: tuple[Row, ...] = ((12, 6, -0.10, 0.02, -0.16), (25, 7, 0.24, 0.14, -0.34))
"""First the septum, from left to right and forwards: r in V1, q in V6."""

NORMAL: tuple[Row, ...] = (
    *SEPTUM,
    (39, 8, 0.85, 0.62, 0.06),
    (51, 8, 0.55, 0.42, 0.52),
    (63, 8, 0.08, 0.06, 0.50),
    (75, 7, -0.07, -0.08, 0.20),
)
"""Then the walls: the apex to the left and down, the bases back; R grows from V1 to V5, S shrinks."""

LATE_RIGHT: tuple[Row, ...] = (
    *SEPTUM,
    (39, 8, 0.85, 0.54, 0.06),
    (51, 8, 0.48, 0.30, 0.42),
    (64, 8, 0.00, 0.04, 0.18),
    (84, 11, -0.20, 0.02, -0.34),
    (106, 13, -0.24, 0.00, -0.46),
)
"""RBBB: the left ventricle as ever, then the right one late and slowly, to the right and forwards."""

LATE_RIGHT_SHORT: tuple[Row, ...] = (
    *SEPTUM,
    (39, 8, 0.85, 0.60, 0.06),
    (51, 8, 0.46, 0.34, 0.46),
    (63, 7, -0.02, 0.02, 0.26),
    (79, 8, -0.18, -0.02, -0.34),
    (92, 7, -0.08, -0.02, -0.12),
)
"""Incomplete RBBB: the same, smaller and sooner."""

SLOW_LEFT: tuple[Row, ...] = (
    (16, 8, 0.08, 0.05, -0.05),
    (38, 12, 0.42, 0.20, 0.30),
    (60, 14, 0.60, 0.22, 0.64),
    (84, 14, 0.42, 0.10, 0.76),
    (107, 12, 0.54, 0.02, 0.44),
    (127, 10, 0.20, -0.02, 0.12),
)
"""LBBB: from right to left through the septum, slowly, with a notch in the middle; no q in V6."""

UP_LEFT: tuple[Row, ...] = (
    (12, 6, -0.06, 0.16, -0.16),
    (26, 7, 0.20, 0.14, -0.32),
    (44, 9, 0.75, -0.40, 0.04),
    (59, 9, 0.58, -0.72, 0.40),
    (73, 8, 0.18, -0.44, 0.44),
    (86, 7, 0.00, -0.14, 0.16),
)
"""LAFB: first down through the posterior fascicle, then up and to the left: qR in aVL, rS in II, III, aVF."""

BIG_LEFT: tuple[Row, ...] = (
    (13, 6, -0.10, 0.02, -0.18),
    (27, 8, 0.26, 0.14, -0.34),
    (43, 9, 1.10, 0.55, 0.16),
    (56, 9, 0.95, 0.42, 0.58),
    (69, 8, 0.20, 0.06, 0.54),
    (82, 8, -0.05, -0.08, 0.20),
)
"""LVH: more of the left ventricle, so more to the left and back."""

BIG_RIGHT: tuple[Row, ...] = (
    (15, 7, 0.06, 0.04, -0.26),
    (30, 8, 0.24, 0.30, -0.58),
    (46, 9, 0.02, 0.50, -0.58),
    (61, 9, -0.46, 0.38, -0.22),
    (76, 9, -0.34, 0.10, 0.10),
)
"""RVH: the right ventricle wins: forwards, then to the right."""

RIGHT_OUTFLOW: tuple[Row, ...] = (
    (22, 13, 0.12, 0.20, 0.02),
    (50, 19, 0.46, 0.80, 0.50),
    (84, 21, 0.42, 0.80, 0.80),
    (120, 15, 0.10, 0.20, 0.28),
)
"""A premature beat from the right outflow tract: LBBB-like in V1, downwards."""

LEFT_WALL: tuple[Row, ...] = (
    (22, 13, -0.08, -0.12, -0.25),
    (54, 19, -0.52, -0.55, -0.80),
    (90, 21, -0.42, -0.75, -0.62),
    (126, 15, -0.05, -0.22, -0.14),
)
"""A premature beat from the left ventricle's lower wall: RBBB-like in V1, upwards."""

FROM_RIGHT_APEX: tuple[Row, ...] = (
    (20, 10, 0.10, -0.10, 0.08),
    (46, 16, 0.42, -0.48, 0.42),
    (76, 18, 0.44, -0.70, 0.84),
    (108, 16, 0.32, -0.48, 0.74),
    (134, 11, 0.10, -0.16, 0.24),
)
"""Paced from the right ventricle's apex: LBBB-like, to the left and upwards."""

SHORTCUT: tuple[Row, ...] = (
    (12, 11, 0.09, 0.08, -0.12),
    (30, 12, 0.18, 0.14, -0.22),
    (48, 11, 0.32, 0.24, -0.28),
    (66, 9, 0.72, 0.50, -0.06),
    (79, 8, 0.50, 0.36, 0.36),
    (92, 8, 0.10, 0.06, 0.36),
    (104, 7, -0.05, -0.06, 0.14),
)
"""WPW: an accessory pathway on the left starts early and slowly (delta wave, up in V1 to V6)."""

NO_LOWER_START: tuple[Row, ...] = (
    (12, 6, -0.08, -0.06, -0.16),
    (25, 7, 0.22, -0.08, -0.34),
    *NORMAL[2:],
)
"""A fresh inferior infarct: the lower wall is silent at first, so small q waves in III and aVF."""

LESS_FRONT: tuple[Row, ...] = (
    (12, 6, -0.08, 0.02, -0.06),
    (25, 7, 0.22, 0.12, -0.12),
    (39, 8, 0.78, 0.58, 0.14),
    (51, 8, 0.52, 0.40, 0.50),
    (63, 8, 0.08, 0.06, 0.46),
    (75, 7, -0.07, -0.08, 0.18),
)
"""A fresh anterior infarct: R in V1 to V4 is small."""

MORE_FRONT: tuple[Row, ...] = (
    (12, 6, -0.08, 0.02, -0.16),
    (25, 7, 0.24, 0.14, -0.42),
    (39, 8, 0.80, 0.60, -0.38),
    (51, 9, 0.42, 0.36, -0.16),
    (63, 8, 0.04, 0.06, 0.24),
    (75, 7, -0.06, -0.06, 0.12),
)
"""A posterior infarct: what the back wall no longer says leaves R tall and broad in V1 and V2."""

FORMS = {
    "normal": Form(NORMAL),
    "rbbb": Form(
        LATE_RIGHT,
        qrs_ms=(126, 152),
        axis_deg=(45, 74, 94),
        t_mv=(0.30, 0.17, 0.08),
        qtc_ms=(410, 455),
    ),
    "irbbb": Form(LATE_RIGHT_SHORT, qrs_ms=(101, 117), axis_deg=(0, 55, 90), t_mv=(0.30, 0.18, -0.14)),
    "lbbb": Form(
        SLOW_LEFT,
        qrs_ms=(130, 166),
        axis_deg=(-28, 10, 55),
        voltage_mv=(1.2, 1.8),
        t_mv=(-0.34, -0.06, -0.42),
        t_size=(0.8, 1.2),
        st_mv=(-0.09, -0.02, -0.14),
        st_size=(0.6, 1.1),
        qtc_ms=(430, 475),
    ),
    "lafb": Form(UP_LEFT, qrs_ms=(92, 112), axis_deg=(-72, -58, -50)),
    "lvh": Form(
        BIG_LEFT,
        qrs_ms=(92, 112),
        axis_deg=(-28, 15, 60),
        voltage="sokolow",
        voltage_mv=(3.7, 5.0),
        t_mv=(-0.30, -0.08, -0.34),
        st_mv=(-0.09, -0.02, -0.10),
        st_size=(0.8, 1.5),
        t_rise=(0.18, 0.22),
        qtc_ms=(400, 450),
    ),
    "rvh": Form(
        BIG_RIGHT,
        qrs_ms=(86, 108),
        axis_deg=(98, 112, 135),
        t_mv=(0.22, 0.06, 0.28),
        t_rise=(0.17, 0.21),
        st_mv=(0.01, -0.02, 0.06),
        st_size=(0.6, 1.2),
    ),
    "stemi_inferior": Form(
        NO_LOWER_START,
        axis_deg=(5, 40, 70),
        t_mv=(0.16, 0.34, -0.10),
        st_mv=(-0.05, 1.0, 0.0),
        st_size=(0.20, 0.42),
    ),
    "stemi_anterior": Form(
        LESS_FRONT,
        t_mv=(0.26, 0.02, -0.46),
        st_mv=(0.35, -0.38, -0.85),
        st_size=(0.26, 0.42),
    ),
    "stemi_lateral": Form(
        NORMAL,
        axis_deg=(0, 35, 70),
        t_mv=(0.40, 0.02, -0.06),
        st_mv=(1.0, -0.55, 0.30),
        st_size=(0.18, 0.34),
    ),
    "stemi_posterior": Form(
        MORE_FRONT,
        t_mv=(0.20, 0.16, -0.30),
        st_mv=(0.05, 0.12, 1.0),
        st_size=(0.13, 0.24),
    ),
    "ischaemia": Form(
        NORMAL,
        t_mv=(-0.08, -0.03, 0.06),
        t_rise=(0.17, 0.22),
        st_mv=(-0.80, -0.50, 0.30),
        st_size=(0.14, 0.25),
    ),
    "t_inversion": Form(
        NORMAL,
        t_mv=(-0.26, -0.02, 0.24),
        t_size=(0.8, 1.4),
        t_rise=(0.12, 0.15),
        qtc_ms=(400, 450),
    ),
    "long_qt": Form(NORMAL, t_rise=(0.14, 0.19), t_apex=(0.78, 0.81), qtc_ms=(500, 575)),
    "wpw": Form(
        SHORTCUT,
        qrs_ms=(116, 142),
        axis_deg=(5, 45, 75),
        t_mv=(0.06, 0.06, 0.10),
        st_mv=(-0.03, -0.03, 0.05),
        qtc_ms=(400, 445),
    ),
    "low_voltage": Form(NORMAL, voltage="low", voltage_mv=(0.55, 0.90), t_size=(0.3, 0.5)),
    "hyperkalaemia": Form(
        NORMAL,
        qrs_ms=(92, 112),
        t_mv=(0.72, 0.50, -0.62),
        t_size=(0.95, 1.35),
        t_apex=(0.84, 0.86),
        t_rise=(0.075, 0.09),
        qtc_ms=(370, 415),
    ),
    "outflow_beat": Form(
        RIGHT_OUTFLOW,
        qrs_ms=(132, 164),
        axis_deg=None,
        voltage_mv=(1.5, 2.3),
        t_mv=(-0.22, -0.34, -0.36),
        st_mv=(-0.04, -0.07, -0.08),
        qtc_ms=(430, 470),
    ),
    "left_wall_beat": Form(
        LEFT_WALL,
        qrs_ms=(132, 164),
        axis_deg=None,
        voltage_mv=(1.4, 2.1),
        t_mv=(0.24, 0.30, 0.36),
        st_mv=(0.04, 0.06, 0.08),
        qtc_ms=(430, 470),
    ),
    "paced": Form(
        FROM_RIGHT_APEX,
        qrs_ms=(140, 172),
        axis_deg=None,
        voltage_mv=(1.3, 2.0),
        t_mv=(-0.24, 0.34, -0.42),
        st_mv=(-0.04, 0.07, -0.09),
        qtc_ms=(440, 485),
        spike_mv=(0.30, -0.55, 0.12),
    ),
}
"""Every form by name."""
