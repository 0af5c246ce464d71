"""Word error rates by jiwer, for the tests of `edit.rs`.

    pip install jiwer==4.0.0
    python make_jiwer.py > jiwer.json
"""

import json
import random

import jiwer

cases = [
    (["one two three"], ["one two three"]),
    (["one two three"], ["one three"]),
    (["one two three"], [""]),
    (["one"], ["two two two"]),
    (["one two", "three four five"], ["one three", "four five six"]),
    (["a b c d e f g"], ["b c d x f g h"]),
]
draws = random.Random(1)
for count in [5, 20, 60]:
    def text(least):
        return " ".join(draws.choice("abcd") for _ in range(draws.randint(least, 12)))
    cases.append(([text(1) for _ in range(count)], [text(0) for _ in range(count)]))

out = []
for references, answers in cases:
    found = jiwer.process_words(references, answers)
    out.append({
        "references": references, "answers": answers,
        "errors": found.substitutions + found.deletions + found.insertions,
        "labels": found.hits + found.substitutions + found.deletions,
        "rate": found.wer,
    })
print(json.dumps(out, separators=(",", ":")))
