"""Codes of data sets as findings with their evidence, and which other findings were looked for as well.

What a code means stands in `bedside.ecg.statements`; a code that stands nowhere is listed, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from bedside.dataset.ecg.facts import KnownCode
from bedside.dataset.gathered import Dropped
from bedside.ecg.statements import LabelSet, Statement, implied, resolve, statements

__all__ = ["NORMAL_ECG", "assessed_rhythms", "assessed_scp", "known", "scp_codes", "snomed_codes"]

NORMAL_ECG = Statement(
    code="normal_ecg", phrase="normal ECG", description="normal", kinds=("diagnostic",), superclass="NORM"
)
_BASIC_RHYTHMS = (
    "sinus rhythm",
    "sinus bradycardia",
    "sinus tachycardia",
    "atrial fibrillation",
    "atrial flutter",
    "supraventricular tachycardia",
)
_SCP_DIAGNOSTIC = tuple(it.phrase for it in statements("scp").values() if it.kind == "diagnostic")


def known(statement: Statement, *, evidence: str, likelihood: float | None = None) -> KnownCode:
    """Return a statement that was made about a record.

    Raises:
        ValueError: no ECG shows it.
    """
    if statement.kind is None:
        raise ValueError(f"{statement.phrase} is nothing that an ECG shows")
    return KnownCode(
        code=statement.code,
        phrase=statement.phrase,
        kind=statement.kind,
        superclasses=(statement.superclass,) if statement.superclass else (),
        evidence=evidence,
        likelihood=likelihood,
    )


def scp_codes(likelihoods: Mapping[str, float | None], *, where: str) -> Iterator[KnownCode | Dropped]:
    """Yield what the SCP statements of a record say.

    Args:
        likelihoods: by code, 0 to 100 as PTB-XL states it; `None` where the source knows no such thing.
        where: file, row and column.
    """
    for code, likelihood in likelihoods.items():
        statement = _meaning(code, "scp", where=where)
        if isinstance(statement, Dropped):
            yield statement
        else:
            shown = code if likelihood is None else f"{code} {likelihood:g}"
            yield known(statement, evidence=f"{where}: {shown}", likelihood=likelihood)


def snomed_codes(
    codes: Iterable[str],
    *,
    where: str,
    more: Mapping[str, Statement] = {},
    written: Mapping[str, str] = {},
) -> Iterator[KnownCode | Dropped]:
    """Yield what SNOMED CT codes say, a finding that several codes name once.

    Args:
        codes: the codes of one record.
        where: file, row and column.
        more: codes that the Challenge 2021 does not have.
        written: how the source writes a code, where it is another word.
    """
    said: set[str] = set()
    for code in codes:
        statement = more.get(code) or _meaning(code, "snomed", where=where)
        if isinstance(statement, Dropped):
            yield statement
        elif statement.phrase not in said:
            said.add(statement.phrase)
            yield known(statement, evidence=f"{where}: {written.get(code, code)}")


def assessed_rhythms(codes: Collection[KnownCode]) -> tuple[str, ...]:
    """Return the basic rhythms where one of them is stated, otherwise nothing.

    Ten seconds of ECG have one basic rhythm; whoever names it has looked for the others. A paced rhythm or an
    extra beat says nothing of the kind: the atria may fibrillate below it.
    """
    said = frozenset[str]().union(*(implied(code.phrase) for code in codes))
    return _BASIC_RHYTHMS if said.intersection(_BASIC_RHYTHMS) else ()


def assessed_scp(codes: Collection[KnownCode]) -> tuple[str, ...]:
    """Return the phrases of what was looked for in a record with SCP statements.

    The annotators of PTB-XL wrote down what they saw; nothing says that they went through all 71 statements.
    Two rules are safe. Who stated a diagnosis, `NORM` among them, has judged the ECG as a whole: all
    diagnostic statements were looked for, as the benchmark of PTB-XL takes it. Who named one basic rhythm
    has looked for the others. Form statements that are not listed are not known to be absent. Which of what
    was looked for can be denied beside what is present, `statements.surely_absent` decides.
    """
    diagnostic = _SCP_DIAGNOSTIC if any(code.kind == "diagnostic" for code in codes) else ()
    return tuple(dict.fromkeys((*(code.phrase for code in codes), *diagnostic, *assessed_rhythms(codes))))


def _meaning(code: str, label_set: LabelSet, *, where: str) -> Statement | Dropped:
    statement = resolve(code, label_set)
    if statement is None:
        return Dropped(f"{where}: {code}", f"the code is not known ({label_set})")
    if statement.kind is None:
        return Dropped(f"{where}: {code}", "no ECG shows what the code means")
    return statement
