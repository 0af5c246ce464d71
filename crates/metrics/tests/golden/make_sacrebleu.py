"""Scores of imperfect translations by sacreBLEU, in sacrebleu.json beside this file.

    pip install sacrebleu==2.6.0
    python make_sacrebleu.py

Sentences are our own. Some hypotheses were written by hand, word by word; the others are references that were
damaged: words dropped, doubled, exchanged, cut off, put into other letters, with seeds.
"""

import json
import random
from pathlib import Path

from sacrebleu import __version__
from sacrebleu.metrics import BLEU, CHRF

WRITTEN = {
    "en": [
        ("A man in a blue shirt is standing on a ladder.", "a man in blue shirt stands on ladder ."),
        ("Two dogs are running across the wet grass.", "Two dogs run through the wet grass."),
        ("The children's teacher didn't see Mr. O'Neil's car.", "The teacher of children did not see car of Mr O'Neil."),
        ("It costs $1,250.50, or 3.5% more than in 1999.", "It cost 1,250.5 $, 3.5 % more than 1999."),
        ("She said: \"I'll be back at 10:30 a.m.\"", "She said, \"I will be back at 10.30 am\""),
        ("A well-known, 7-year-old boy eats an ice-cream.", "A well known 7 year old boy eats ice cream"),
        ("Black & white photos <of the sea> are for sale.", "Black &amp; white photos &lt;of a sea&gt; are sold."),
        ("Nobody knows what this is all about...", "No one knows what is this about . . ."),
        ("The e-mail address is ann_b@example.org; write soon!", "The mail address is ann_b@example.org, write!"),
        ("Three women sit around a table, talking and laughing.", "Three women sit at a table talk and laugh."),
        ("a young girl plays the violin in front of a crowd .", "a young girl playing violin in front of crowd ."),
        ("a well @-@ dressed man walks his dog .", "a well @-@ dressed man goes with dog ."),
    ],
    "de": [
        ("Ein Mann mit blauem Hemd steht auf einer Leiter.", "Ein Mann in ein blau Hemd steht auf Leiter."),
        ("Zwei Hunde laufen über das nasse Gras.", "zwei Hunde rennen über nasses Gras ."),
        ("Die Straßenbahn fährt um 10.30 Uhr zum Hauptbahnhof.", "Die Strassenbahn fährt um 10:30 zum Hauptbahnhof"),
        ("Er kaufte 1.250,50 Gramm Käse für 12,99 €.", "Er kauft 1250,50 g Käse um 12.99 €."),
        ("„Das ist ja großartig“, sagte die Frau.", "\"Das ist grossartig\", sagte eine Frau."),
        ("Kinder spielen im Sand - und die Großmutter liest.", "Die Kinder spielen in Sand – Großmutter liest."),
        ("ein weiß @-@ brauner hund springt über einen zaun .", "ein weißer brauner hund springt über den zaun ."),
        ("Übung macht den Meister, nicht wahr?", "ÜBUNG macht die Meister, nicht wahr ?"),
    ],
    "fr": [
        ("Un homme en chemise bleue se tient sur une échelle.", "Un homme dans une chemise bleue est sur un échelle."),
        ("L’été d’O’Neil commence aujourd’hui !", "L'été de O'Neil commence aujourd'hui!"),
        ("Est-ce qu'elle a vu l'arc-en-ciel ?", "Est ce que elle a vu l'arc en ciel?"),
        ("« Ça suffit », dit-il à 18 h 45.", "\"Ça suffit\" il dit à 18h45."),
        ("Deux chiens courent dans l'herbe mouillée.", "deux chiens court dans herbe mouillé ."),
        ("Quelle journée, n\u2019est-ce pas\u202f?", "Quel jour, est-ce pas ?"),
    ],
    "zh": [
        ("一个穿蓝衬衫的男人站在梯子上。", "一个蓝衬衫的男人在梯子上站着。"),
        ("两只狗跑过湿草地。", "两 只 狗 在 湿 草地 上 跑 。"),
        ("她说：“我10:30回来！”", "她说:\"我 10.30 回来\"。"),
        ("价格是1,250.5元。", "价格 1250.5 元。"),
    ],
}

PLAIN = {
    "en": """The old bridge over the river was closed for repairs until spring.
Four cyclists in bright jackets wait at a red light.
A waiter carries six plates of pasta to a long wooden table.
Somebody left an umbrella on the bus yesterday evening.
The orchestra tunes its instruments before the concert begins.
Snow covers the roofs of the small village in the valley.
A girl with a red balloon jumps over a puddle.
My neighbour's cat sleeps on the warm bonnet of our car.
Workers in orange vests are digging a hole beside the road.
The train to the coast leaves from platform 9 at 17:45.
He reads the newspaper, drinks his coffee and says nothing.
An elderly couple dances in the park to music from a radio.
Because it rained, the match was moved to Saturday, 12 May.
Few people know that the tower is 86.5 metres high.
A surfer rides a huge wave while others watch from the beach.""",
    "de": """Die alte Brücke über den Fluss war bis zum Frühling gesperrt.
Vier Radfahrer in bunten Jacken warten an einer roten Ampel.
Ein Kellner trägt sechs Teller Nudeln zu einem langen Holztisch.
Jemand hat gestern Abend einen Regenschirm im Bus vergessen.
Das Orchester stimmt seine Instrumente, bevor das Konzert beginnt.
Schnee bedeckt die Dächer des kleinen Dorfes im Tal.
Ein Mädchen mit einem roten Luftballon springt über eine Pfütze.
Die Katze meines Nachbarn schläft auf der warmen Motorhaube.
Arbeiter in orangefarbenen Westen graben neben der Straße ein Loch.
Der Zug an die Küste fährt um 17:45 Uhr von Gleis 9 ab.
Er liest die Zeitung, trinkt seinen Kaffee und sagt nichts.
Ein älteres Paar tanzt im Park zu Musik aus einem Radio.
Weil es regnete, wurde das Spiel auf Samstag verschoben.
Wenige wissen, dass der Turm 86,5 Meter hoch ist.""",
    "fr": """Le vieux pont sur la rivière était fermé jusqu'au printemps.
Quatre cyclistes en veste claire attendent au feu rouge.
Un serveur porte six assiettes de pâtes vers une longue table en bois.
Quelqu'un a oublié un parapluie dans le bus hier soir.
L'orchestre accorde ses instruments avant le début du concert.
La neige couvre les toits du petit village dans la vallée.
Une fille avec un ballon rouge saute par-dessus une flaque.
Le chat de mon voisin dort sur le capot chaud de notre voiture.
Des ouvriers en gilet orange creusent un trou au bord de la route.
Le train pour la côte part de la voie 9 à 17 h 45.
Il lit le journal, boit son café et ne dit rien.""",
    "zh": """河上的旧桥一直关闭到春天。
四个穿着鲜艳夹克的骑车人在红灯前等着。
服务员把六盘面条端到一张长木桌上。
昨天晚上有人把雨伞忘在公共汽车上了。
音乐会开始之前，乐团在调音。
雪覆盖了山谷里小村庄的屋顶。
一个拿着红气球的女孩跳过水坑。
我邻居的猫睡在我们温暖的汽车上。
他看报纸，喝咖啡，什么也不说。""",
}

# Texts at the edge of what is one.
ODD = [
    ("", ""),
    ("One reference without an answer.", ""),
    ("", "An answer without a reference."),
    ("yes", "yes"),
    ("yes", "no"),
    ("Yes.", "yes."),
    ("two words", "two words"),
    ("three words here", "three words there"),
    ("short", " ".join(["this answer goes on and on"] * 12)),
    ("a a a a a a", "a a a a a a a a a a a a a a"),
    ("the the cat", "the the the the the the cat"),
    ("  spaces   around\tand between ", "spaces around and  between"),
    ("no\u00a0break\u202fspaces\u3000count", "no break spaces count"),
    ("a unit\u001fseparator parts\u0085lines", "a unit separator parts lines"),
    ("...", "..."),
    ("a..b,,c.,d", "a..b,,c.,.d"),
    ("1.5,2.5-3-4", "1.5 ,2.5 -3 -4"),
    ("<skipped>word&quot;s&amp;amp;", "word\"s &amp;"),
    ("[x]{y}|~`^_\\", "[ x ] { y } | ~ ` ^ _ \\"),
    ("İstanbul ΟΔΟΣ ẞ ǅ", "istanbul οδος ß ǆ"),
    ("emoji 👩‍👩‍👧 family 👍🏽", "emoji 👩‍👧 family 👍"),
    ("cafe\u0301 naïve", "café naïve"),
    ("word@-@by @-@ word", "word @-@ by@-@ word"),
    ("<unk> is a word", "<unk> <unk> a word"),
    ("the end of a line - ", "the end of a line -"),
]


def damaged(sentence, rng, of_characters):
    """A sentence as a bad translator would have it."""
    words = list(sentence) if of_characters else sentence.split()
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(words))
        match rng.randrange(7):
            case 0 if len(words) > 1:
                del words[at]
            case 1:
                words.insert(at, words[at])
            case 2 if at + 1 < len(words):
                words[at], words[at + 1] = words[at + 1], words[at]
            case 3:
                words = words[: max(2, len(words) * 2 // 3)]
            case 4:
                words[at] = words[at].upper()
            case 5:
                words[at] = words[rng.randrange(len(words))]
            case _:
                words.insert(at, "<unk>" if rng.random() < 0.3 else words[0].lower())
    return ("" if of_characters else " ").join(words)


def pairs():
    rng = random.Random(7)
    for language, written in WRITTEN.items():
        for reference, hypothesis in written:
            yield language, reference, hypothesis
        for reference in PLAIN[language].splitlines():
            yield language, reference, damaged(reference, rng, language == "zh")
    for reference, hypothesis in ODD:
        yield "odd", reference, hypothesis


METRICS = {
    "bleu-13a": BLEU(),
    "bleu-13a-lc": BLEU(lowercase=True),
    "bleu-none": BLEU(tokenize="none", force=True),
    "bleu-none-lc": BLEU(tokenize="none", lowercase=True, force=True),
    "chrf": CHRF(),
}
OF_SENTENCES = {
    "bleu-13a": BLEU(effective_order=True),
    "bleu-13a-lc": BLEU(lowercase=True, effective_order=True),
    "bleu-none": BLEU(tokenize="none", force=True, effective_order=True),
    "bleu-none-lc": BLEU(tokenize="none", lowercase=True, force=True, effective_order=True),
    "chrf": CHRF(),
}


def main():
    rows = list(pairs())
    sentences = [
        {
            "language": language,
            "reference": reference,
            "hypothesis": hypothesis,
            "scores": {
                name: metric.sentence_score(hypothesis, [reference]).score
                for name, metric in OF_SENTENCES.items()
            },
        }
        for language, reference, hypothesis in rows
    ]
    corpora = []
    for name in ["en", "de", "fr", "zh", "odd", "all"]:
        some = [row for row in rows if name in (row[0], "all")]
        hypotheses, references = [row[2] for row in some], [row[1] for row in some]
        scores = {}
        for metric_name, metric in METRICS.items():
            score = metric.corpus_score(hypotheses, [references])
            scores[metric_name] = score.score
            if metric_name == "bleu-13a":
                scores["brevity"] = score.bp
        corpora.append({"name": name, "scores": scores})
    # A corpus without any match, and one whose answers are all too short for four words.
    for name, some in [("nothing", [("yes", "no")]), ("short", [("a b c", "a b c"), ("d", "d")])]:
        scores = {
            metric_name: metric.corpus_score([row[1] for row in some], [[row[0] for row in some]]).score
            for metric_name, metric in METRICS.items()
        }
        corpora.append({"name": name, "pairs": some, "scores": scores})
    signatures = {name: str(metric.get_signature()) for name, metric in METRICS.items()}
    signatures["bleu-13a of sentences"] = str(OF_SENTENCES["bleu-13a"].get_signature())
    golden = {"version": __version__, "signatures": signatures, "sentences": sentences, "corpora": corpora}
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    Path(__file__).with_name("sacrebleu.json").write_text(text + "\n", encoding="utf-8")
    print(len(rows), "sentences")
    for corpus in corpora:
        print(corpus["name"], {name: round(value, 2) for name, value in corpus["scores"].items()})
    print(signatures)


if __name__ == "__main__":
    main()
