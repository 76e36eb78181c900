"""Texts that stand where an answer should, and are none: refusals, leftovers of language models, German.

Public instruction sets hold many, because their texts were translated or written by a model that had nothing
to work on. The rules look for what such a text says of itself, never for medical content, and are meant for
any English answer. Knows no data set.
"""

from __future__ import annotations

import re

__all__ = ["refusal"]

_ITS = r"(?: (?:the|your|a|an|any|more|some))?"
_KIND_OF = (
    r"(?: (?:ecg|ekg|electrocardiogram|medical|patient(?:'s)?|full|complete|original|clinical|german))*"
)
_INPUT = (
    r"(?:reports?|texts?|images?|tracings?|transcripts?|questions?|files?|content|context|documents?|sentences?"
    r"|translations?|information|details|data|results?|ecg|ekg|input|prompt)"
)
_OPENING = r"^\W*(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\W+)?"
_SORRY = r"(?:i(?:'m| am)(?: very| so)? sorry|sorry|apologies|i apologi[sz]e|unfortunately)"
_UNABLE = r"i (?:cannot|can't|can not|could not|couldn't|won't|will not|am unable to|am not able to)"
_TO_ANSWER = (
    r"(?:provide|assist|help|answer|interpret|analy[sz]e|give|offer|fulfill?|comply|translate|diagnose)"
)
_ENDS = r"\W*$"
_TELLS = {
    "it asks for what to work on": (
        (
            r"\bplease (?:provide|share|upload|paste|send|attach|enter|give)(?: me| us)?(?: with)?"
            rf"{_ITS}{_KIND_OF} {_INPUT}\b"
        ),
        r"\byou (?:would like|'d like|want) (?:me to |to be )?translated?\b",
        rf"\bno {_INPUT} (?:was|were|has been|have been|is) (?:provided|attached|given|uploaded)\b",
    ),
    "it speaks as a language model": (
        r"\bas an? (?:ai|artificial intelligence|(?:large )?language model|virtual assistant)\b",
        r"\bi(?:'m| am) (?:just |only )?an? (?:ai|(?:large )?language model|virtual assistant)\b",
        (
            r"\bi (?:do not|don't|cannot|can't) (?:have access to|see|view|open|access)"
            r" (?:the |this |that |any |your )?(?:\w+ )?(?:images?|pictures?|files?|attachments?)\b"
        ),
    ),
    "it refuses": (
        rf"^\W*(?:{_SORRY}\b[^.!?]{{0,40}}?)?\b{_UNABLE} {_TO_ANSWER}\b",
        (
            rf"^\W*{_SORRY}\W+(?:but )?(?:i|there|the|this|it|no)\b[^.!?]*"
            r"\b(?:unable|not (?:able|possible|provided|available)|cannot be (?:provided|given|answered))\b"
        ),
    ),
    "it introduces a text instead of being it": (
        (
            rf"{_OPENING}(?:here(?:'s| is| are)|below is|this is) (?:the|your|an?|my)(?: \w+){{0,3}}"
            r" (?:translation|translated|paraphrased?|rewritten|rephrased|revised|response)\b"
        ),
        r"^\W*(?:(?:english |german )?translation|translated (?:text|report)|in english)\s*:",
        r"^\W*(?:the )?(?:text|report|above|following)[^.:]{0,30} translates? (?:in)?to\b",
        r"^\W*(?:sure|certainly|of course)\W+(?:please|i can|i'd be|i would|let me|here)\b",
    ),
    "it says that there is no report": (
        (
            r"^\W*(?:only|just) (?:the )?(?:ecg |ekg )?(?:trace|tracing|strip|recording|printout)s?"
            rf" (?:was|were|is|has been) (?:requested|ordered|wanted|asked for){_ENDS}"
        ),
        (
            rf"^\W*(?:there is )?no (?:ecg |ekg )?(?:report|interpretation)(?: is| was)?"
            rf" (?:available|provided|given|requested|found){_ENDS}"
        ),
        rf"^\W*(?:report|interpretation)(?: is| was)? (?:not available|unavailable|missing){_ENDS}",
    ),
    "it is a placeholder": (
        rf"^\W*(?:n/a|nan|null|undefined|tbd|todo|lorem ipsum\b.*){_ENDS}",
        r"^\W*(?:<\w+>|\{\w+\}|\[(?:insert|your)[^\]]*\])\W*$",
    ),
    "it holds marks of a chat template": (
        r"<\|?(?:im_start|im_end|endoftext|eot_id|start_header_id|assistant|user|system)\|?>",
        r"<(?:start|end)_of_turn>|\[/?INST\]|<</?SYS>>|</?s>",
        r"^#+ ?(?:instruction|response|input|assistant|human)\s*:",
    ),
}
_PATTERNS = tuple(
    (reason, re.compile("|".join(f"(?:{it})" for it in tells), re.IGNORECASE))
    for reason, tells in _TELLS.items()
)
_BROKEN = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf]|Ã[¤¶¼Ÿ„–œ]|â(?:€|\u0080)|√[§∂º¥¶ü©]")
"""UTF-8 that was read as Latin-1, Windows-1252 or Mac Roman, and what could not be read at all."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_GERMAN = re.compile(
    r"und|oder|mit|nicht|kein(?:e[nrms]?)?|der|die|das|den|dem|des|ein(?:e[nrms]?)?|ist|sind|wird|werden|wurde"
    r"|bei|beim|im|sonst|nach|auf|von|vom|zu|zum|zur|aus|auch|noch|nur|sich|durch|unter|ohne|wie|als|sowie|liegt"
    r"|verdacht|wahrscheinlich|befund|bericht|herz|links|rechts|alt|unbest|ekg|neg|abnorm(?:e[nrms]?)?"
    r"|normale[nrms]?|pathologische?[nrms]?|periphere[nrms]?|tachykarde[nrms]?|extrasystolen?|vorhof\w*|lagetyp"
    r"|linkstyp|rechtstyp|\w*[äöüß]\w*|\w{3,}(?:rhythmus|rhythmie|kardie|schenkelblock|spannung|hypertrophie"
    r"|infarkt|schaden|flimmern|flattern|ung|ungen|strecke|zeichen|keit|heit|isch(?:e[nrms]?)?)"
)
_GERMAN_WORDS = 2
_GERMAN_SHARE = 0.25
"""English texts have single words that look German: `die`, Sjögren."""


def refusal(text: str) -> str | None:
    """Tell why `text` is no answer, in the same words for the same cause; `None` where it may be one."""
    if not any(character.isalnum() for character in text):
        return "it holds no word"
    if _BROKEN.search(text):
        return "its letters are broken: it was read in a wrong encoding"
    plain = " ".join(text.replace("\u2019", "'").split())
    for reason, pattern in _PATTERNS:
        if pattern.search(plain):
            return reason
    return "it is German" if _is_german(plain) else None


def _is_german(text: str) -> bool:
    words = _WORD.findall(text.casefold())
    german = [word for word in words if _GERMAN.fullmatch(word)]
    return len(set(german)) >= _GERMAN_WORDS and len(german) >= _GERMAN_SHARE * len(words)
