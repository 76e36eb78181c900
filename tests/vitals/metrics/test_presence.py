import pytest

from bedside.vitals.figures import Coverage, Disagreement, NotAssessed
from bedside.vitals.metrics import measure
from made_vitals import made, measured_in_batches


def test_time_comes_from_ticks_and_interval_with_gaps_counted():
    record = made(interval_s=1.0, ticks=[0, 1, 2, 10, 11], hr=[70, 71, float("nan"), 72, 73])
    assert measure(record).coverage == Coverage(
        span_s=12, analysed_s=4, fraction=pytest.approx(4 / 12), gaps=1, longest_gap_s=8
    )


def test_a_lead_that_is_off_is_a_gap():
    coverage = measure(made(interval_s=5.0, hr=[70, 0, 0, 71, 0, 72])).coverage
    assert (coverage.gaps, coverage.longest_gap_s) == (2, 10)


def test_what_is_missing_at_the_ends_is_no_gap():
    coverage = measure(made(hr=[0, 70, 71, float("nan")])).coverage
    assert (coverage.span_s, coverage.analysed_s, coverage.gaps) == (240, 120, 0)


@pytest.mark.parametrize("places", [[], [1], [2], [3], [1, 2, 3, 4], [4, 4]])
def test_a_gap_over_the_edge_of_a_batch_is_one_gap(places):
    record = made(ticks=[5, 6, 9, 10, 20], hr=[70, 0, 0, 71, 72])
    coverage = measured_in_batches(record, places).coverage
    assert (coverage.gaps, coverage.longest_gap_s, coverage.span_s) == (2, 540, 960)


def test_a_recording_without_heart_rate_covers_nothing():
    coverage = measure(made(spo2=[97, 98])).coverage
    assert (coverage.span_s, coverage.analysed_s, coverage.fraction) == (120, 0, 0)


def test_heart_rate_and_pulse_disagree_only_where_both_are_valid():
    figures = measure(made(hr=[70, 70, 70, 0, 100, 95], pulse=[71, 91, float("nan"), 140, 10, 75]))
    assert figures.disagreement == Disagreement(n=3, percent=pytest.approx(100 / 3))


def test_no_pulse_is_not_agreement():
    assert measure(made(hr=[70])).disagreement == NotAssessed("no pulse recorded")
    assert isinstance(measure(made(hr=[70], pulse=[0])).disagreement, NotAssessed)
