"""What distortions do to pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bedside.ecg.distort import ALL_KINDS, Distortion, Kind, distort, draw_distortion, warp
from bedside.ecg.distort.parameters import (
    Blur,
    Border,
    Colour,
    Crease,
    Curl,
    Fax,
    Jpeg,
    Noise,
    Rotation,
    Stain,
)
from bedside.errors import DataError


def page(width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """A page with a grid and something like a trace."""
    pixels = np.full((height, width, 3), (255, 251, 248), dtype=np.uint8)
    pixels[::9] = pixels[:, ::9] = (240, 190, 185)
    x = np.arange(width)
    y = np.rint(height / 2 + height / 4 * np.sin(x / 7)).astype(int)
    pixels[y, x] = pixels[y - 1, x] = (20, 20, 40)
    return pixels


def drawn(kind: Kind, strength: float = 1.0, seed: int = 0) -> Distortion:
    return draw_distortion(np.random.default_rng([3, seed]), kinds=[kind], strength=strength)


def test_nothing_happens_at_strength_0() -> None:
    clean = page()
    distortion = draw_distortion(np.random.default_rng(1), strength=0.0)
    same = distort(clean, distortion)
    assert distortion == Distortion()
    assert np.array_equal(same, clean)
    assert not np.shares_memory(same, clean)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_kind_changes_the_picture_and_nothing_else(kind: Kind) -> None:
    clean = page()
    before = clean.copy()
    changed = distort(clean, drawn(kind))
    assert changed.shape == clean.shape
    assert changed.dtype == np.uint8
    assert changed.flags.writeable
    assert not np.array_equal(changed, clean)
    assert np.array_equal(clean, before)


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind != "fax"])
def test_more_strength_changes_more(kind: Kind) -> None:
    clean = page(400, 300).astype(float)
    weak, strong = (
        np.mean(
            [
                np.abs(distort(clean.astype(np.uint8), drawn(kind, strength, seed)) - clean).mean()
                for seed in range(4)
            ]
        )
        for strength in (0.25, 2.0)
    )
    assert strong > weak


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    strength=st.floats(0.0, 2.0),
    width=st.integers(1, 90),
    height=st.integers(1, 90),
)
def test_any_size_and_strength_gives_the_same_bytes_again(
    seed: int, strength: float, width: int, height: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    distortion = draw_distortion(np.random.default_rng([seed, 1]), strength=strength)
    stored = Distortion.model_validate_json(distortion.model_dump_json())
    assert stored == distortion
    first = distort(pixels, distortion)
    assert first.shape == pixels.shape
    assert np.array_equal(first, distort(pixels, stored))


@pytest.mark.parametrize("size", [(160, 120), (97, 33), (64, 48), (17, 300), (1, 1)])
def test_compiled_and_numpy_paths_give_the_same_bytes(size: tuple[int, int]) -> None:
    pytest.importorskip("numba")
    from bedside.ecg.distort import compiled

    width, height = size
    pixels = np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for seed in range(25):
        distortion = draw_distortion(np.random.default_rng([seed, 2]), strength=2.0)
        prepared = warp.view(pixels, distortion)
        plain = warp.sample(prepared, width=width, height=height)
        assert np.array_equal(compiled.sample(prepared, width=width, height=height), plain)


def test_a_pass_that_changes_nothing_keeps_every_pixel() -> None:
    clean = page(97, 61)
    prepared = warp.view(clean, Distortion())
    assert np.array_equal(warp.sample(prepared, width=97, height=61), clean)


def test_what_lies_around_the_page_has_the_colour_of_the_border_or_of_paper() -> None:
    clean = page()
    askew = Rotation(degrees=20.0)
    desk = Border(left=0.1, top=0.1, right=0.1, bottom=0.1, colour=(90, 60, 40), contact_shadow=0.0)
    assert distort(clean, Distortion(rotation=askew, border=desk))[0, 0].tolist() == [90, 60, 40]
    assert distort(clean, Distortion(rotation=askew))[0, 0].tolist() == [255, 251, 248]


def test_a_crease_and_the_slope_of_a_curl_end_with_the_page() -> None:
    desk = Border(left=0.2, top=0.2, right=0.2, bottom=0.2, colour=(90, 60, 40), contact_shadow=0.0)
    crease = Crease(degrees=0.0, offset=0.0, width=0.02, depth=0.9, shift=0.0)
    curl = Curl(degrees=0.0, cycles=0.5, phase=np.pi / 2, slope=0.5, slant=0.0, shading=0.9)
    folded = distort(page(), Distortion(border=desk, crease=(crease,), curl=curl))
    assert (folded[:10] == (90, 60, 40)).all()
    assert folded[60, 60:100].min() < 60
    sheet = distort(
        np.full((120, 160, 3), 250, np.uint8), Distortion(crease=(crease,), rotation=Rotation(degrees=30))
    )
    assert sheet[0, 80:140].min() < 200  # without a border it is the same sheet that goes on


@pytest.mark.parametrize("step", [3.5, 3.937, 5.0, 7.0, 7.87, 11.8])
def test_paper_is_not_mistaken_for_the_lines_on_it(step: float) -> None:
    ruled = np.full((330, 450, 3), 250, dtype=np.uint8)
    for axis, size in ((0, 330), (1, 450)):
        lines = np.floor(np.arange(0, size, step)).astype(int)
        ruled[(lines,) if axis == 0 else (slice(None), lines)] = 200
    assert distort(ruled, Distortion(rotation=Rotation(degrees=20.0)))[0, 0].tolist() == [250] * 3


def test_a_fax_is_black_and_white_and_keeps_the_trace() -> None:
    clean = page()
    faxed = distort(clean, Distortion(fax=Fax(threshold=140, points=1)))
    assert set(np.unique(faxed)) == {0, 255}
    assert np.array_equal(faxed[:, :, 0] == 0, clean[:, :, 0] == 20)


def test_grey_has_no_colour_and_levels_lie_between_black_and_white() -> None:
    grey = Colour(gains=(1.1, 1.0, 0.9), gamma=1.2, black=40, white=230, grey=True)
    pixels = distort(page(), Distortion(colour=grey))
    assert np.ptp(pixels, axis=2).max() == 0
    assert pixels.min() >= 40
    assert pixels.max() <= 230


def test_noise_has_the_deviation_it_states_and_no_bias() -> None:
    flat = np.full((256, 256, 3), 128, dtype=np.uint8)
    noise = Noise(seed=4, sigma=6.0, shot=8.0, colour=True)
    noised = distort(flat, Distortion(noise=noise)).astype(float)
    assert noised.std() == pytest.approx(np.sqrt(36 + 64 * 128 / 255), rel=0.02)
    assert noised.mean() == pytest.approx(128, abs=0.1)
    assert abs(np.corrcoef(noised[..., 0].ravel(), noised[..., 1].ravel())[0, 1]) < 0.02
    grey = distort(flat, Distortion(noise=noise.model_copy(update={"colour": False})))
    assert np.ptp(grey, axis=2).max() == 0


def test_motion_spreads_a_dot_along_its_direction_only() -> None:
    dot = np.zeros((99, 99, 3), dtype=np.uint8)
    dot[49, 49] = 255
    moved = distort(dot, Distortion(blur=Blur(defocus=0.0, motion=0.02, degrees=90.0)))
    down, across = np.nonzero(moved[:, :, 0])
    assert set(across) == {49}
    assert set(down) == {48, 49, 50}
    assert np.abs(moved[48:51, 49, 0].astype(int) - 85).max() <= 1


def test_defocus_keeps_brightness() -> None:
    clean = page()
    blurred = distort(clean, Distortion(blur=Blur(defocus=0.005)))
    assert blurred.astype(float).mean() == pytest.approx(clean.astype(float).mean(), abs=0.7)
    assert blurred.astype(float).std() < clean.astype(float).std()


def test_a_stain_stays_where_it_is_put() -> None:
    stain = Stain(x=0.25, y=0.5, radius=0.05, edge=0.1, inside=0.5, wobble=0.0, colour=(0.8, 0.7, 0.5))
    changed = np.any(distort(page(), Distortion(stain=(stain,))) != page(), axis=2)
    down, across = np.nonzero(changed)
    reach = 0.05 * 160 * 1.1 + 1
    assert np.abs(across - 0.25 * 159).max() <= reach
    assert np.abs(down - 0.5 * 119).max() <= reach
    assert changed.sum() > 0.7 * np.pi * (0.05 * 160) ** 2


def test_a_poorer_jpeg_departs_more() -> None:
    clean = page().astype(float)
    low, high = (
        np.abs(distort(page(), Distortion(jpeg=Jpeg(quality=quality, full_colour=True))) - clean).mean()
        for quality in (30, 95)
    )
    assert low > 2 * high > 0


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_trace_stays_darker_than_the_paper_beside_it(kind: Kind) -> None:
    """Readable at strength 1: along the way of the trace, ink is at least a quarter darker than paper."""
    from bedside.ecg.distort import page_to_picture

    width, height = 448, 336
    clean = np.full((height, width, 3), 250, dtype=np.uint8)
    clean[164:167] = (20, 20, 40)
    x = np.arange(20, width - 20, 3.0)
    for seed in range(12):
        distortion = drawn(kind, 1.0, seed)
        seen = distort(clean, distortion).astype(float).mean(axis=2)
        trace = page_to_picture(
            np.stack([x, np.full_like(x, 165)], 1), distortion, width=width, height=height
        )
        beside = page_to_picture(
            np.stack([x, np.full_like(x, 152)], 1), distortion, width=width, height=height
        )
        dark, bright = (seen[tuple(np.rint(at).astype(int).T[::-1])] for at in (trace, beside))
        assert np.median(dark / bright) < 0.75


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((10, 10), np.uint8), r"shape \(10, 10\) and type uint8"),
        (np.zeros((10, 10, 3), np.float32), "type float32"),
        (np.zeros((10, 10, 4), np.uint8), r"shape \(10, 10, 4\)"),
        (np.zeros((0, 10, 3), np.uint8), "10 × 0 pixels"),
        (np.zeros((9000, 2, 3), np.uint8), "2 × 9000 pixels"),
    ],
)
def test_what_is_no_picture_is_refused(pixels: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        distort(pixels, Distortion())
    assert caught.value.fix


def test_a_fax_keeps_thin_strokes_and_drops_a_red_grid() -> None:
    clean = np.full((300, 300, 3), (255, 251, 248), dtype=np.uint8)
    clean[::18] = clean[:, ::18] = (240, 184, 178)
    clean[150, 20:280] = 20
    clean[60:240, 100] = clean[60:240, 101] = (160, 158, 160)  # a stroke that covers 0.4 of two pixels
    clean[40, 150:160] = (186, 108, 120)  # a stroke of writing
    for seed in range(6):
        for turned in (None, Rotation(degrees=2.0)):
            faxed = distort(clean, Distortion(rotation=turned, fax=drawn("fax", seed=seed).fax))
            black = faxed[:, :, 0] < 160
            assert black.sum() < 0.02 * black.size
            for row in (70, 110, 200, 230):
                assert black[row, 85:117].any()
            assert black[30:50, 140:170].sum() >= 5
            assert black[130:170, 40:90].any(axis=0).all()


def test_a_fax_of_dark_surroundings_is_black_there() -> None:
    clean = np.full((200, 200, 3), 250, dtype=np.uint8)
    clean[:, :60] = 30
    faxed = distort(clean, Distortion(fax=Fax(threshold=230, points=1)))
    assert (faxed[:, :58] == 0).all()
    assert (faxed[:, 70:] == 255).all()
