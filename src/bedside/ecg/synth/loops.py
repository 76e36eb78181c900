"""The way of the QRS dipole in each disease, as tables of Gaussian waves.

A row is: center ms, standard deviation ms, then x (left), y (feet), z (back) in millivolts. Times and sizes
are relative: `complexes` turns, scales and stretches a loop for each subject. Directions follow
vectorcardiography and the AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part III, intraventricular conduction (J Am Coll Cardiol 53:976, 2009), and part V, chamber
hypertrophy (53:992).
"""

from __future__ import annotations

__all__ = [
    "BIG_LEFT",
    "BIG_RIGHT",
    "FROM_RIGHT_APEX",
    "LATE_RIGHT",
    "LATE_RIGHT_SHORT",
    "LEFT_WALL",
    "LESS_FRONT",
    "MORE_FRONT",
    "NORMAL",
    "NO_LOWER_START",
    "RIGHT_OUTFLOW",
    "SHORTCUT",
    "SLOW_LEFT",
    "UP_LEFT",
    "Row",
]

Row = tuple[float, float, float, float, float]

SEPTUM: tuple[Row, ...] = ((12, 6, -0.10, 0.02, -0.15), (25, 7, 0.24, 0.14, -0.35))
"""First the septum, from left to right and forwards: r in V1, q in V6."""

NORMAL: tuple[Row, ...] = (
    *SEPTUM,
    (39, 8, 0.85, 0.62, 0.02),
    (51, 8, 0.55, 0.42, 0.44),
    (63, 8, 0.06, 0.06, 0.64),
    (75, 7, -0.07, -0.08, 0.28),
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
    (51, 9, 0.42, 0.36, -0.18),
    (63, 8, 0.04, 0.06, 0.16),
    (75, 7, -0.06, -0.06, 0.10),
)
"""A posterior infarct: what the back wall no longer says leaves R tall and broad in V1 and V2."""
