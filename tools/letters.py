#!/usr/bin/env python3
"""Learns what the letters of API words look like: character trigrams with thresholds, for native/digest/src/letters.rs.

    tools/letters.py EVALUATION_FOLDER [native/digest/data/letters.txt]
    tools/letters.py EVALUATION_FOLDER --held-out

EVALUATION_FOLDER holds specs/specs.tar.gz (OpenAPI documents in JSON) and recordings/*.jsonl.gz (exchanges with `template`, `query` and
bodies). Words are path literals, parameter names and property names; each distinct text counts once, so that no API weighs more by
its traffic. Only counts leave: the output is a table of costs in fifths of a bit and holds no word. The same input gives the same bytes.

A text becomes symbols: 0 boundary (separator, start and end, camelCase hump), 1-26 letters without case, 27 digit. The cost of a text is the
sum over its symbols of -log2 P(symbol | two before), by Witten-Bell interpolation. It is compared with a limit for its number of
letters and digits, and the dearest eight consecutive letters or digits with the limit of a window, so that a long word cannot carry a
random part along. The limit of a length is where random text begins (its mean cost less 4.5 deviations, over three alphabets), but not below
or above the quantiles of words that the model did not see (three folds of providers): short words and short random texts overlap.

`--held-out` learns from two thirds of the providers and writes the table to standard output, and the words of the other third to
standard error, one a line behind `literal` or `name`: that is what the figures of examples/letters_score.rs rest on.
"""
import collections, gzip, io, json, math, pathlib, random, re, statistics, sys, tarfile, urllib.parse, zlib

BOUNDARY, DIGIT, SYMBOLS = 0, 27, 28
STEPS_PER_BIT = 5
COST_MAX = 93
WINDOW = 8
LENGTHS = 48
REFUSED_SHARE_MIN, REFUSED_SHARE_WINDOW = 0.0005, 0.0025
ALPHABETS = ["abcdefghijklmnopqrstuvwxyz"]
ALPHABETS += [ALPHABETS[0] + ALPHABETS[0].upper(), ALPHABETS[0] + ALPHABETS[0].upper() + "0123456789"]
RANDOM_TEXTS = 300
WORD = re.compile(r"[A-Za-z0-9_.\-:\[\]$@#]{1,64}")
VALUE = re.compile(r"[0-9a-fA-F]{12}|\d{5}|[A-Za-z0-9]*\d[A-Za-z]+\d+[A-Za-z]+\d[A-Za-z0-9]*")


def words_of(folder):
    """Distinct (kind, text) with the set of folds (of providers) in which they occur."""
    found = collections.defaultdict(set)
    with tarfile.open(folder / "specs" / "specs.tar.gz") as archive:
        for member in sorted((m for m in archive.getmembers() if m.isfile()), key=lambda m: m.name):
            provider = pathlib.PurePath(member.name).name.split("~")[0]
            fold = zlib.crc32(provider.encode()) % 3
            document = json.load(io.TextIOWrapper(archive.extractfile(member), "utf8"))
            for path in document.get("paths") or {}:
                for segment in path.split("/"):
                    if segment and "{" not in segment:
                        found["literal", segment].add(fold)
            for name in names_in(document):
                found["name", name].add(fold)
    for recording in sorted((folder / "recordings").glob("*.jsonl.gz")):
        fold = zlib.crc32(recording.name.encode()) % 3
        for line in gzip.open(recording, "rt", encoding="utf8"):
            row = json.loads(line)
            for segment in (row.get("template") or "").split("/"):
                if segment and "{" not in segment:
                    found["literal", segment].add(fold)
            for name, _ in urllib.parse.parse_qsl(row.get("query") or ""):
                found["name", name].add(fold)
    return {key: folds for key, folds in found.items() if WORD.fullmatch(key[1])}


def names_in(node):
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict):
                yield from node["properties"]
            if "in" in node and isinstance(node.get("name"), str):
                yield node["name"]
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def symbols(text):
    """Symbols with, for each, whether it is a letter or digit of the text."""
    out = []
    for at, character in enumerate(text):
        if character.isascii() and character.isalpha():
            if character.isupper() and at:
                before, after = text[at - 1], text[at + 1 : at + 2]
                if before.islower() or (before.isupper() and after.islower()):
                    if out and out[-1] != BOUNDARY:
                        out.append(BOUNDARY)
            out.append(ord(character.lower()) - 96)
        elif character.isdigit():
            out.append(DIGIT)
        elif out and out[-1] != BOUNDARY:
            out.append(BOUNDARY)
    if not out or out[-1] != BOUNDARY:
        out.append(BOUNDARY)
    return out


def learn(words):
    counts = [collections.Counter() for _ in range(3)]
    for word in words:
        history = [BOUNDARY, BOUNDARY]
        for symbol in symbols(word):
            for order in range(3):
                counts[order][tuple(history[2 - order :]) + (symbol,)] += 1
            history = [history[1], symbol]
    totals = [collections.Counter() for _ in range(3)]
    kinds = [collections.Counter() for _ in range(3)]
    for order in range(3):
        for key, count in counts[order].items():
            totals[order][key[:-1]] += count
            kinds[order][key[:-1]] += 1

    def probability(context, symbol):
        order = len(context)
        lower = probability(context[1:], symbol) if order else 1 / SYMBOLS
        total, kind = totals[order][context], kinds[order][context]
        return (counts[order][context + (symbol,)] + kind * lower) / (total + kind) if total else lower

    return [
        min(COST_MAX, round(-math.log2(probability((a, b), c)) * STEPS_PER_BIT))
        for a in range(SYMBOLS)
        for b in range(SYMBOLS)
        for c in range(SYMBOLS)
    ]


def judge(table, text):
    """(letters and digits, cost of the whole, cost of the dearest window or None)."""
    first = second = 0
    total = pending = 0
    costs = []
    for symbol in symbols(text):
        cost = table[(first * SYMBOLS + second) * SYMBOLS + symbol]
        total += cost
        pending += cost
        if symbol != BOUNDARY:
            costs.append(pending)
            pending = 0
        first, second = second, symbol
    dearest = max((sum(costs[at : at + WINDOW]) for at in range(len(costs) - WINDOW + 1)), default=None)
    return len(costs), total, dearest


def limits(found):
    """Limits for each length, and the limit of a window, over words of providers that the model did not see."""
    by_length = collections.defaultdict(list)
    windows = []
    for fold in range(3):
        table = learn(sorted({text for (_, text), folds in found.items() if folds != {fold} and not VALUE.search(text)}))
        for text in sorted({text for (_, text), folds in found.items() if folds == {fold} and not VALUE.search(text)}):
            length, total, dearest = judge(table, text)
            by_length[min(length, LENGTHS)].append(total)
            if dearest is not None:
                windows.append(dearest)

    def quantile(values, share):
        values = sorted(values)
        return values[min(len(values) - 1, math.ceil(len(values) * (1 - share)))]

    table = learn(sorted({text for (_, text) in found if not VALUE.search(text)}))
    whole = [0] * (LENGTHS + 1)
    for length in range(1, LENGTHS + 1):
        around = [cost for near in (length - 1, length, length + 1) for cost in by_length.get(near, [])]
        limit = where_random_begins(table, length)
        if len(around) >= 300:
            limit = max(quantile(around, refused_share_max(length)), min(limit, quantile(around, REFUSED_SHARE_MIN)))
        whole[length] = max(whole[length - 1], limit)
    return whole, quantile(windows, REFUSED_SHARE_WINDOW)


def refused_share_max(length):
    """The share of words that may be hidden: short texts are no secrets worth it, and long random text stands apart anyway."""
    return 0.002 if length < 8 else 0.005 if length < 10 else 0.009


def where_random_begins(table, length):
    """Mean cost of random texts of a length less 4.5 deviations, the least over the alphabets."""
    generator = random.Random(length)
    limit = math.inf
    for alphabet in ALPHABETS:
        costs = [judge(table, "".join(generator.choice(alphabet) for _ in range(length)))[1] for _ in range(RANDOM_TEXTS)]
        limit = min(limit, statistics.mean(costs) - 4.5 * statistics.pstdev(costs))
    return max(0, round(limit))


def document(found, note):
    table = learn(sorted({text for (_, text) in found if not VALUE.search(text)}))
    whole, window = limits(found)
    lines = [
        "# Costs of character trigrams in API words, in fifths of a bit, one printable character each ('!' is 0).",
        f"# Made by tools/letters.py from {len(found)} distinct path literals, parameter and property names {note}; it holds no word.",
        "# A line for each first symbol (boundary, a-z, digit): 28 seconds of 28 thirds.",
        "# Then the limits: cost of a whole text by its letters and digits (0 to 48), and of the dearest window of eight.",
    ]
    for first in range(SYMBOLS):
        lines.append("".join(chr(33 + cost) for cost in table[first * SYMBOLS**2 : (first + 1) * SYMBOLS**2]))
    lines.append(" ".join(map(str, whole)))
    lines.append(str(window))
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    found = words_of(pathlib.Path(sys.argv[1]))
    if sys.argv[2:] == ["--held-out"]:
        kept = {key: folds - {0} for key, folds in found.items() if folds != {0}}
        sys.stdout.write(document(kept, "of two thirds of the providers"))
        for (kind, text), folds in sorted(found.items()):
            if folds == {0}:
                print(kind, text, file=sys.stderr)
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else root / "native" / "digest" / "data" / "letters.txt"
    target.write_text(document(found, "of 300 published OpenAPI documents and five recorded APIs"), encoding="ascii")


main()
