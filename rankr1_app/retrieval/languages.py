"""The languages an index can be built for."""

from __future__ import annotations

ENGLISH, THAI = "en", "th"
LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ha": "Hausa",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "so": "Somali",
    "sv": "Swedish",
    "sw": "Swahili",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "yo": "Yoruba",
    "zh": "Chinese",
}
"""Those that Anserini knows. Words of Hausa, Somali, Swahili and Yoruba are divided at blanks and kept as they are;
Chinese and Korean are read by pairs of characters."""
SCRIPTS = {
    "ARABIC": "ar",
    "BENGALI": "bn",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "TELUGU": "te",
    "THAI": "th",
}
"""Languages by the first word of their letters' Unicode names: one that uses the script, to be offered."""
