"""Tell English report text from other languages, on the safe side: what is not clearly English is not used.

Made for the short, telegraphic texts of ECG reports; knows nothing of any data set.
"""

from __future__ import annotations

import re

__all__ = ["is_english", "is_foreign"]

_ENGLISH = frozenset(
    """
    abnormal abnormality abnormalities absent accelerated acute age also and anterior anterolateral
    anteroseptal arrhythmia artifact artefact as at atrial av axis baseline beat beats bigeminy biphasic
    block borderline bradycardia branch broadening bundle by can cannot cardiac change changes chest clinical
    complete complex complexes compatible conduction consider consistent contraction contractions
    contour correlation criteria current defect degree delay depressed depression deviation diagnosis
    diagnostic digitalis diffuse disease distal drift due early ecg ectopic effect electrical elevated
    elevation enlargement escape evidence exclude excluded extensive extrasystole extrasystoles extreme fascicular fibrillation
    finding findings first flat flattened flattening flutter for frequent from fusion has heart hemiblock
    disturbance high hypertrophy idioventricular in incomplete increased indeterminate infarct infarction inferior
    inferolateral injury interpretation interval intervals intraventricular inverted inversion irregular
    is ischaemia ischaemic ischemia ischemic it junctional large lateral lead leads left likely limb low
    marked may measurement mild minimal minor moderate morphology multifocal multiple myocardial
    negative no nodal non nonspecific normal not noted occasional of old on or other otherwise overload pac pacs
    pace paced pacemaker pacing pathological pathology pattern peaked peripheral poor position possible possibly
    posterior precordial premature present probable probably progression prolongation prolonged pvc pvcs
    qrs qt rapid rate recent recording regular repolarization repolarisation response rhythm right
    second segment segments septal short sign significant signs sinus slight slightly slow small
    specific st strain subendocardial suggest suggesting suggestive suggests supraventricular suspected
    tachycardia tall the there third this tracing trigeminy type unchanged uncertain undetermined unspecific
    unusual variant ventricle ventricular very voltage voltages wave waves wide with within without
    """.split()
)
_FOREIGN_WORDS = frozenset(
    """
    und oder mit nicht kein keine der die das bei im sonst nach auf von zu verdacht wahrscheinlich
    moeglich unbest bericht befund ableitungen abnorm abnormes abnormales normales normaler pathologisch
    hinweis och inte normalt hebung senkung extrasystolen extrasystolie infarkt vorhof
    rytm eller med
    ritmo sinusal normale rythme du et avec sans onda eje com sem
    """.split()
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
    """Tell whether `text` is English: nearly every word is one of English ECG reports, none of another language."""
    words = _words(text)
    if not words or is_foreign(text):
        return False
    return sum(word in _ENGLISH for word in words) >= LEAST_KNOWN_SHARE * len(words)


def is_foreign(text: str) -> bool:
    """Tell whether `text` holds a word or a letter that betrays another language."""
    return bool(_FOREIGN_FORMS.search(text.casefold()) or _FOREIGN_WORDS.intersection(_words(text)))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _LEAD_NAMES]
