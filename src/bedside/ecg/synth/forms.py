"""What the ventricles' complex looks like in each disease: loop, width, axis, voltage, ST and T.

Criteria: AHA/ACCF/HRS recommendations for the standardization and interpretation of the electrocardiogram,
part III, intraventricular conduction (J Am Coll Cardiol 53:976, 2009), part IV, ST, T and QT (53:982), part
V, chamber hypertrophy (53:992), part VI, acute ischaemia (53:1003); and the fourth universal definition of
myocardial infarction (Circulation 138:e618, 2018). Knows nothing of rhythms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bedside.ecg.synth.loops import (
    BIG_LEFT,
    BIG_RIGHT,
    FROM_RIGHT_APEX,
    LATE_RIGHT,
    LATE_RIGHT_SHORT,
    LEFT_WALL,
    LESS_FRONT,
    MORE_FRONT,
    NO_LOWER_START,
    NORMAL,
    RIGHT_OUTFLOW,
    SHORTCUT,
    SLOW_LEFT,
    UP_LEFT,
    Row,
)

__all__ = ["FORMS", "Form", "Range", "Vector"]

Range = tuple[float, float]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Form:
    """How a complex looks; each range is drawn from once for a subject.

    Attributes:
        loop: QRS waves; times and sizes are relative, `qrs_ms` and `voltage_mv` set them.
        qrs_ms: QRS duration.
        axis_deg: lowest, likeliest and highest frontal axis; `None` leaves the loop as it is.
        voltage: what `voltage_mv` speaks of: the largest `vector`, `sokolow` = S in V1 + the larger R of V5
            and V6, or `low` = the larger of twice the limb leads' and once the chest leads' peak to peak.
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
    axis_deg: tuple[float, float, float] | None = (-14.0, 48.0, 84.0)
    voltage: Literal["vector", "sokolow", "low"] = "vector"
    voltage_mv: Range = (0.85, 1.95)
    t_mv: Vector = (0.36, 0.20, -0.34)
    t_size: Range = (0.65, 1.35)
    t_apex: Range = (0.76, 0.79)
    t_rise: Range = (0.15, 0.19)
    st_mv: Vector = (0.03, 0.02, -0.04)
    st_size: Range = (0.0, 1.0)
    qtc_ms: Range = (385.0, 432.0)
    spike_mv: Vector | None = None


FORMS = {
    "normal": Form(NORMAL),
    "rbbb": Form(
        LATE_RIGHT,
        qrs_ms=(126, 152),
        axis_deg=(50, 78, 95),
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
        t_mv=(-0.12, -0.05, 0.18),
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
