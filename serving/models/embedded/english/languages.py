"""Which other language a question is in, by the small words that every sentence needs."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_NO_WORDS = re.compile(r"<[^<>]*>|https?://\S+|\b[\w-]+(?:\.[\w-]+)+\b")
"""Tags and addresses: "com" is a small word of Portuguese."""
_ENGLISH = frozenset(
    """the of and in is are was were how many much what which who when where why do does did have has
    had our we our there by for with from per list show give top most""".split()
)
_SMALL = {
    "German": """der die das den dem des ein eine einen einem einer und oder ist sind war waren wie
        viele viel welche welcher welches welchen was wer wann wo warum gibt es hat haben hatte wir
        unser unsere aus von für mit auf nach zu zum zur im bei nicht pro alle die zeige liste kann
        wird wurden meisten kommen""",
    "French": """le la les un une des du de et ou est sont combien quel quelle quels quelles que qui
        quand où pourquoi nous avons ont notre nos par pour avec dans sur il y a cette ce plus""",
    "Spanish": """el la los las un una unos unas y o es son cuántos cuántas cuanto cuanta qué cuál
        cuáles quién cuándo dónde por para con en de del hay tenemos tiene nuestros cada más""",
    "Italian": """il lo la gli le un una e o è sono quanti quante quanto quale quali che chi quando
        dove perché per con in di del della ci abbiamo ha hanno nostri ogni più""",
    "Dutch": """de het een en of is zijn hoeveel welke wat wie wanneer waar waarom wij we hebben
        heeft onze van voor met op uit er per alle meeste""",
    "Portuguese": """o a os as um uma e ou é são quantos quantas qual quais que quem quando onde por
        para com em de do da há temos tem nossos cada mais""",
}
_KNOWN = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_FEWEST = 2


def other_language(question: str) -> str:
    """The language's English name; empty for English, and where it cannot be told."""
    told = set(_WORD.findall(_NO_WORDS.sub(" ", question.lower())))
    counts = {language: len(told & words) for language, words in _KNOWN.items()}
    best = max(counts, key=lambda language: counts[language])
    is_clear = counts[best] >= _FEWEST and counts[best] > 2 * len(told & _ENGLISH)
    return best if is_clear else ""
