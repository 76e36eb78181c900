"""Sample formats against encoders written from signal(5), one bit field after the other."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.readers.wfdb_samples import INVALID, bytes_of, read_samples, samples_in
from bedside.errors import DataError
from made_wfdb import BITS, encode


@given(
    stored_as=st.sampled_from(sorted(BITS)),
    size=st.integers(1, 40),
    offset=st.integers(0, 30),
    data=st.data(),
)
def test_every_format_gives_back_what_was_stored(tmp_path_factory, stored_as, size, offset, data):
    half = 1 << (BITS[stored_as] - 1)
    edges = st.sampled_from([-half, half - 1, 0, -1])
    values = data.draw(st.lists(edges | st.integers(-half, half - 1), min_size=size, max_size=size))
    path = tmp_path_factory.mktemp("d") / "x.dat"
    content = encode(values, stored_as)[: bytes_of(stored_as, size)]
    path.write_bytes(bytes(offset) + content)
    assert samples_in(path, stored_as=stored_as, byte_offset=offset) >= size
    got = read_samples(path, stored_as=stored_as, byte_offset=offset, frames=size, width=1)
    assert got.tolist() == [values]
    path.write_bytes(bytes(offset) + content[:-1])
    assert samples_in(path, stored_as=stored_as, byte_offset=offset) < size
    with pytest.raises(DataError, match="ends after"):
        read_samples(path, stored_as=stored_as, byte_offset=offset, frames=size, width=1)


@pytest.mark.parametrize(
    ("stored_as", "value"),
    [(16, -32768), (212, -2048), (24, -8388608), (32, -2147483648), (80, -128), (310, -512)],
)
def test_the_lowest_value_of_a_format_is_invalid(stored_as, value):
    assert INVALID[stored_as] == value


def test_frames_become_columns(tmp_path):
    (tmp_path / "x.dat").write_bytes(np.arange(6, dtype="<i2").tobytes())
    got = read_samples(tmp_path / "x.dat", stored_as=16, byte_offset=0, frames=2, width=3)
    assert got.tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("stored_as", [0, 1, 17, 213, 999_999_999])
def test_an_unknown_format_is_named(tmp_path, stored_as):
    with pytest.raises(DataError, match=f"format {stored_as}, which") as caught:
        samples_in(tmp_path / "x.dat", stored_as=stored_as, byte_offset=0)
    assert "xform" in caught.value.fix


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match="no such signal file"):
        samples_in(tmp_path / "x.dat", stored_as=16, byte_offset=0)
    with pytest.raises(DataError, match="not a file"):
        samples_in(tmp_path, stored_as=16, byte_offset=0)
    with pytest.raises(DataError, match="cannot be read"):
        samples_in(tmp_path / ("x" * 300), stored_as=16, byte_offset=0)


def test_an_offset_behind_the_end_leaves_no_sample(tmp_path):
    (tmp_path / "x.dat").write_bytes(b"abcd")
    assert samples_in(tmp_path / "x.dat", stored_as=16, byte_offset=10**15) == 0


@pytest.mark.parametrize(
    ("stored_as", "subtype"), [(508, "PCM_S8"), (516, "PCM_16"), (524, "PCM_24"), (524, "PCM_16")]
)
@pytest.mark.parametrize("per_frame", [1, 2])
def test_flac(tmp_path, stored_as, subtype, per_frame):
    soundfile = pytest.importorskip("soundfile")
    bits = int(subtype.removeprefix("PCM_").removeprefix("S"))
    half = 1 << (bits - 1)
    values = np.random.default_rng([1]).integers(-half, half, (100, 3))
    path = tmp_path / "x.dat"
    soundfile.write(path, (values << (32 - bits)).astype(np.int32), 96, format="FLAC", subtype=subtype)
    assert samples_in(path, stored_as=stored_as, byte_offset=10) == 270
    got = read_samples(path, stored_as=stored_as, byte_offset=10, frames=90 // per_frame, width=3 * per_frame)
    stored = values[10:].reshape(90 // per_frame, per_frame, 3)
    for signal in range(3):
        rows = got[signal * per_frame : (signal + 1) * per_frame]
        np.testing.assert_array_equal(rows.T, stored[:, :, signal])
    with pytest.raises(DataError, match="are no"):
        read_samples(path, stored_as=stored_as, byte_offset=0, frames=100, width=4)
    if bits > 8:
        with pytest.raises(DataError, match=f"it holds FLAC {subtype}"):
            samples_in(path, stored_as=508, byte_offset=0)


def test_what_is_no_flac(tmp_path):
    pytest.importorskip("soundfile")
    (tmp_path / "x.dat").write_bytes(b"nothing of the kind" * 20)
    with pytest.raises(DataError, match="not the FLAC file"):
        samples_in(tmp_path / "x.dat", stored_as=516, byte_offset=0)


def test_a_flac_file_that_promises_more_than_it_holds(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / "r.flac"
    noise = np.random.default_rng(5).integers(-(2**15), 2**15, (40_000, 2)).astype(np.int16)
    soundfile.write(path, noise, 96, format="FLAC", subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # the low half of this byte and four more: the number of samples of each channel
    content[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    promised = samples_in(path, stored_as=516, byte_offset=0) // 2
    assert promised > 100_000_000
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="not the FLAC file"):
            read_samples(path, stored_as=516, byte_offset=0, frames=promised, width=2)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
