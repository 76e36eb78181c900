"""Names of quantization types, and what each does with an importance matrix."""

import pytest
from pydantic import ValidationError

from bedside.errors import BedsideError
from bedside.gguf import QuantizeConfig
from bedside.gguf.quant_types import (
    QUANTIZED_TYPES,
    canonical_type,
    ignores_matrix,
    needs_blocks,
    needs_matrix,
)


@pytest.mark.parametrize("name", ["q4_k_m", "Q4_K_M", "iq2_xxs"])
def test_case_does_not_matter(name: str) -> None:
    assert canonical_type(name) == name.upper()


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(BedsideError, match="did you mean Q4_K_M"):
        canonical_type("Q4_KM")


def test_rules_of_each_type() -> None:
    assert {name for name in QUANTIZED_TYPES if ignores_matrix(name)} == {"Q8_0", "F16", "BF16"}
    assert needs_matrix("IQ2_XXS")
    assert needs_matrix("Q2_K_S")
    assert not needs_matrix("Q2_K")
    assert not needs_matrix("IQ4_XS")
    assert needs_blocks("Q4_K_M")
    assert needs_blocks("IQ4_XS")
    assert not any(map(needs_blocks, ("Q8_0", "Q4_0", "IQ4_NL")))


@pytest.mark.parametrize(
    ("types", "message"),
    [(["Q4_KM"], "did you mean"), (["Q8_0", "q8_0"], "stands twice"), ([], "at least 1 item")],
)
def test_a_recipe_with_wrong_types_is_refused(types: list[str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        QuantizeConfig.model_validate({"types": types})
