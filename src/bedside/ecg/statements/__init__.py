"""Label sets: what the codes of ECG data sets mean, in English words, and how they belong together.

`scp` is the 71 SCP-ECG statements of PTB-XL (P. Wagner et al., "PTB-XL, a large publicly available
electrocardiography dataset", Scientific Data 7:154, 2020; data PhysioNet, CC BY 4.0), `code6` the six
abnormalities of CODE, `cpsc2018` the nine classes of the China Physiological Signal Challenge 2018, and
`snomed` the SNOMED CT codes of the PhysioNet/CinC Challenge 2021 with the 26 classes that it scores. Codes of
different sets share a phrase where an ECG shows the same.

Knows codes and phrases, and by which words reports in other languages may mean them; reads no data set.
"""

from bedside.ecg.statements.aggregation import Level, labels
from bedside.ecg.statements.hints import hinted
from bedside.ecg.statements.relations import implied, surely_absent
from bedside.ecg.statements.tables import (
    Kind,
    LabelSet,
    Phrase,
    Statement,
    equivalents,
    kinds_of,
    phrases,
    resolve,
    scored_classes,
    statements,
)

__all__ = [
    "Kind",
    "LabelSet",
    "Level",
    "Phrase",
    "Statement",
    "equivalents",
    "hinted",
    "implied",
    "kinds_of",
    "labels",
    "phrases",
    "resolve",
    "scored_classes",
    "statements",
    "surely_absent",
]
