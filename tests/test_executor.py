import time

import pytest

from bedside.executor import map_items


def square(number: int) -> int:
    return number * number


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0.0)
    return number


def fail_on_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_stand_in_the_order_of_the_items(workers):
    assert map_items(square, range(20), workers=workers, description="squares") == [n * n for n in range(20)]


def test_the_order_does_not_depend_on_what_finishes_first():
    assert map_items(slow_first, range(6), workers=2, description="waiting") == list(range(6))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_reaches_the_caller(workers):
    with pytest.raises(ValueError, match="three"):
        map_items(fail_on_three, range(6), workers=workers, description="failing")


def test_one_worker_needs_no_importable_function():
    assert map_items(lambda number: number + 1, [1, 2], workers=1, description="inline") == [2, 3]


def test_no_items_give_no_results():
    assert map_items(square, [], workers=4, description="nothing") == []
