from hypothesis import given
from hypothesis import strategies as st

from bedside.calibration.choice import mixed, stratified, up_to
from bedside.calibration.texts import Text


def text(group, stratum, number):
    return Text("s", group, stratum, f"{group} {stratum} {number}", ("",))


TEXTS = [
    *(text("adult", "normal", n) for n in range(50)),
    *(text("adult", "desaturation", n) for n in range(3)),
    *(text("neonate", "normal", n) for n in range(5)),
]


def test_a_budget_is_shared_by_groups_and_strata_before_any_is_used_up():
    chosen = stratified(TEXTS, [10] * len(TEXTS), wanted=120, seed=1)
    assert len(chosen) == 12
    counts = [(t.group, t.stratum) for t in chosen]
    assert counts.count(("neonate", "normal")) == 5
    assert counts.count(("adult", "desaturation")) == 3
    assert counts.count(("adult", "normal")) == 4


def test_chosen_texts_keep_their_order_and_depend_on_the_seed_alone():
    first = stratified(TEXTS, [10] * len(TEXTS), wanted=200, seed=1)
    assert first == stratified(TEXTS, [10] * len(TEXTS), wanted=200, seed=1)
    assert first != stratified(TEXTS, [10] * len(TEXTS), wanted=200, seed=2)
    places = [TEXTS.index(item) for item in first]
    assert places == sorted(places)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 1000), st.integers(0, 5))
def test_the_budget_is_reached_by_at_most_one_text_too_many(sizes, wanted, seed):
    texts = [text(str(n % 3), str(n % 5), n) for n in range(len(sizes))]
    by_plain = {item.plain: size for item, size in zip(texts, sizes, strict=True)}
    got = [by_plain[item.plain] for item in stratified(texts, sizes, wanted=wanted, seed=seed)]
    assert sum(got) >= min(wanted, sum(sizes))
    assert sum(got) - max(got) < wanted
    indices = up_to(sizes, wanted=wanted, seed=seed)
    assert sum(sizes[i] for i in indices) >= min(wanted, sum(sizes))
    assert indices == sorted(set(indices))


def test_two_lists_are_spread_evenly_over_each_other():
    assert mixed("abcd", "XY") == list("aXbcYd")
    assert mixed("ab", "") == ["a", "b"]
