"""Tell English report text from other languages, on the safe side: what is not clearly English is not used.

Made for the short, telegraphic texts of ECG reports; knows nothing of any data set.
"""

from __future__ import annotations

import re

__all__ = ["is_english", "is_foreign"]

_ENGLISH = frozenset(
    """
    abnormal abnormalities abnormality absent accelerated acute age also and anterior anterolateral
    anteroseptal arrhythmia artefact artifact as at atrial av axis baseline beat beats bigeminy biphasic
    block borderline bradycardia branch broadening bundle by can cannot cardiac change changes chest
    clinical compatible complete complex complexes conduction consider consistent contour contraction
    contractions correlation criteria current defect degree delay depressed depression deviation
    diagnosis diagnostic diffuse digitalis disease distal disturbance drift due early ecg ectopic effect
    electrical elevated elevation enlargement escape evidence exclude excluded extensive extrasystole
    extrasystoles extreme fascicular fibrillation finding findings first flat flattened flattening
    flutter for frequent from fusion has heart hemiblock high hypertrophy idioventricular in incomplete
    increased indeterminate infarct infarction inferior inferolateral injury interpretation interval
    intervals intraventricular inversion inverted irregular is ischaemia ischaemic ischemia ischemic it
    junctional large lateral lead leads left likely limb low marked may measurement mild minimal minor
    moderate morphology multifocal multiple myocardial negative no nodal non nonspecific normal not
    noted occasional of old on or other otherwise overload pac pace paced pacemaker pacing pacs
    pathological pathology pattern peaked peripheral poor position possible possibly posterior
    precordial premature present probable probably progression prolongation prolonged pvc pvcs qrs qt
    rapid rate recent recording regular repolarisation repolarization response rhythm right second
    segment segments septal short sign significant signs sinus slight slightly slow small specific st
    strain subendocardial suggest suggesting suggestive suggests supraventricular suspected tachycardia
    tall the there third this tracing trigeminy type uncertain unchanged undetermined unspecific unusual
    variant ventricle ventricular very voltage voltages wave waves wide with within without
    """.split()  # noqa: SIM905 - a list of 300 quoted words is not read
)
_FOREIGN_WORDS = frozenset(
    """
    ableitungen abnorm abnormales abnormes auf avec befund bei bericht com das der die du eje eller et
    extrasystolen extrasystolie hebung hinweis im infarkt inte kein keine med mit moeglich nach nicht
    normale normaler normales normalt och oder onda pathologisch ritmo rythme rytm sans sem senkung
    sinusal sonst unbest und verdacht von vorhof wahrscheinlich zu
    """.split()  # noqa: SIM905 - a list of 300 quoted words is not read
)
_FOREIGN_FORMS = re.compile(
    r"[äöüßåøæéèêçãõñ]"  # letters that English reports do not have
    r"|\b\w*(?:rhythmus|rytm|kardie|kardi|typ|schenkelblock|spannung|hypertrophie|hypertrofi|flimmern)\b"
    r"|\b\w{3,}(?:ungen|ung|isch|ischer|isches|ische|ischen)\b"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_LEAD_NAMES = frozenset({"ii", "iii", "avr", "avl", "avf"})
LEAST_KNOWN_SHARE = 0.6


def is_english(text: str) -> bool:
    """Tell whether `text` is English: most words are those of English ECG reports, none is foreign."""
    words = _words(text)
    if not words or is_foreign(text):
        return False
    return sum(word in _ENGLISH for word in words) >= LEAST_KNOWN_SHARE * len(words)


def is_foreign(text: str) -> bool:
    """Tell whether `text` holds a word or a letter that betrays another language."""
    return bool(_FOREIGN_FORMS.search(text.casefold()) or _FOREIGN_WORDS.intersection(_words(text)))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _LEAD_NAMES]
