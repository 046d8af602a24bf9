"""Files as people have them, and out of spite: what each is, and how it must be read or with what words refused."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import socket
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Input:
    """A file of the name `file` with that content (or made by it), which is read as `reads`, or refused with words
    that hold `says`. `skips` are the kinds of lines that are left out and counted."""

    about: str
    file: str
    content: Content
    reads: Any = None
    says: str = ""
    skips: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Make the file."""
        path = folder / self.file
        if callable(self.content):
            self.content(path)
        else:
            path.write_bytes(self.content if isinstance(self.content, bytes) else self.content.encode())
        return path


A, B = '{"id": "a", "title": "T", "text": "copper"}\n', '{"id": "b", "text": "brass"}\n'
AB = [("a", "T", "copper"), ("b", "", "brass")]
TSV, CSV = "a\tT\tcopper\nb\t\tbrass\n", 'id,title,text\na,T,copper\nb,,"brass"\n'


def flipped(raw: bytes, place: int) -> bytes:
    """With one bit turned."""
    return raw[:place] + bytes([raw[place] ^ 4]) + raw[place + 1 :]


def archive(kind: str) -> bytes:
    """A zip or tar archive of one file."""
    memory = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(memory, "w") as file:
            file.writestr("a.jsonl", A)
    else:
        with tarfile.open(fileobj=memory, mode="w") as file:
            entry = tarfile.TarInfo("a.jsonl")
            entry.size = len(A)
            file.addfile(entry, io.BytesIO(A.encode()))
    return memory.getvalue()


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip archive of these."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return memory.getvalue()


def database(path: Path) -> None:
    """An SQLite file."""
    with sqlite3.connect(path) as file:
        file.execute("create table documents (id, text)")
    file.close()


def sockets(path: Path) -> None:
    """A socket that nobody listens at."""
    place = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(place)


def link(target: str) -> Callable[[Path], None]:
    """A link."""
    return lambda path: path.symlink_to(target)


def folder(**files: Content) -> Callable[[Path], None]:
    """A folder; `__` in a name is a point, `_in_` begins a folder below."""

    def make(path: Path) -> None:
        path.mkdir()
        for name, content in files.items():
            below, _, last = name.rpartition("_in_")
            place = path / below
            place.mkdir(exist_ok=True)
            Input("", last.replace("__", "."), content).write(place)

    return make


def named(name: bytes | str, text: str) -> Callable[[Path], None]:
    """A folder of one file."""

    def make(path: Path) -> None:
        path.mkdir()
        Path(os.fsdecode(os.path.join(os.fsencode(path), os.fsencode(name)))).write_text(text)

    return make


def loop(path: Path) -> None:
    """A folder that holds a link to itself and a text."""
    path.mkdir()
    (path / "again").symlink_to(path)
    (path / "a.txt").write_text("copper")


CORPORA = [
    Input("UTF-16 without a mark", "c.jsonl", (A + B).encode("utf-16-le"), AB),
    Input("UTF-16 of the other kind, without a mark", "c.jsonl", (A + B).encode("utf-16-be"), AB),
    Input("UTF-16 with a mark, TSV", "c.tsv", TSV.encode("utf-16"), AB),
    Input("UTF-32 with a mark", "c.jsonl", (A + B).encode("utf-32"), AB),
    Input("UTF-16 that is cut", "c.jsonl", (A + B).encode("utf-16")[:-1], says="not valid utf-16"),
    Input(
        "two files with marks after each other",
        "c.jsonl",
        b"\xef\xbb\xbf" + A.encode() + b"\xef\xbb\xbf" + B.encode(),
        AB,
    ),
    Input("gzipped UTF-16", "c.jsonl.gz", gzip.compress((A + B).encode("utf-16")), AB),
    Input("gzip of two parts", "c.jsonl.gz", gzip.compress(A.encode()) + gzip.compress(B.encode()), AB),
    Input("gzip with zeros after it", "c.jsonl.gz", gzip.compress((A + B).encode()) + bytes(512), AB),
    Input(
        "gzip with other bytes after it",
        "c.jsonl.gz",
        gzip.compress((A + B).encode()) + b"more",
        says="gzip data is broken",
    ),
    Input("gzipped, but not by name", "c.jsonl", gzip.compress((A + B).encode()), AB),
    Input("not gzipped, but by name", "c.jsonl.gz", A + B, AB),
    Input("gzipped twice", "c.jsonl.gz", gzip.compress(gzip.compress(A.encode())), says="gzipped twice"),
    Input(
        "gzip with a turned bit",
        "c.jsonl.gz",
        flipped(gzip.compress((A * 50).encode(), mtime=0), 30),
        says="gzip data is broken",
    ),
    Input(
        "gzip with a turned checksum",
        "c.jsonl.gz",
        flipped(gzip.compress((A + B).encode(), mtime=0), -8),
        says="gzip data is broken",
    ),
    Input("a zip", "c.jsonl", archive("zip"), AB[:1]),
    Input("an Excel file called CSV", "c.csv", zipped({"xl/workbook.xml": "<x/>"}), says="an Excel workbook"),
    Input("an old Excel file", "c.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), says="an Office file"),
    Input("a tar", "c.jsonl", archive("tar"), says="a tar archive"),
    Input("a gzipped tar", "collection.tar.gz", gzip.compress(archive("tar")), says="a tar archive"),
    Input("bzip2", "c.jsonl.bz2", bz2.compress(A.encode()), says="compressed by bzip2"),
    Input("xz", "c.jsonl.xz", lzma.compress(A.encode()), says="compressed by xz"),
    Input("zstd", "c.jsonl.zst", b"\x28\xb5\x2f\xfd" + bytes(40), says="compressed by zstd"),
    Input("Parquet", "c.parquet", b"PAR1" + bytes(40) + b"PAR1", says="a Parquet file"),
    Input("a PDF called text", "c.txt", b"%PDF-1.7\n1 0 obj\n", says="a PDF"),
    Input("a pickle", "c.tsv", pickle.dumps({"a": "copper"}), says="a Python pickle"),
    Input("an SQLite database", "c.jsonl", database, says="an SQLite database"),
    Input("mostly NUL", "c.tsv", b"a\tcopper\n" + bytes(3000), says="not a text file"),
    Input("carriage returns alone, TSV", "c.tsv", TSV.replace("\n", "\r"), AB),
    Input("carriage returns alone, JSON lines", "c.jsonl", (A + B).replace("\n", "\r"), AB),
    Input("lines ended as on mainframes", "c.tsv", TSV.replace("\n", "\x85"), AB),
    Input(
        "lines ended as on mainframes, and no Unicode", "c.tsv", b"a\tcaf\xe9\xc2\x85b\tbrass\xc2\x85", says="not UTF-8"
    ),
    Input(
        "a next-line character amid a text",
        "c.tsv",
        "a\tT\tcop\x85per\nb\t\tbrass\n",
        [("a", "T", "cop\x85per"), AB[1]],
    ),
    Input("blank lines and blanks", "c.jsonl", f"\r\n  \r\n{A}\r\n\t\r\n{B}\r\n\r\n", AB),
    Input("CSV", "c.csv", CSV, AB),
    Input("CSV by semicolon, as Excel writes it in Europe", "c.csv", CSV.replace(",", ";"), AB),
    Input("CSV for Excel", "c.csv", "sep=;\n" + CSV.replace(",", ";"), AB),
    Input("by bars, with a header, called text", "c.txt", "id|title|text\na|T|copper\nb||brass\n", AB),
    Input(
        "CSV with a line break in a cell", "c.csv", 'id,text\na,"one\ntwo"\nb,brass\n', [("a", "", "one\ntwo"), AB[1]]
    ),
    Input(
        "CSV with a quote that is never closed",
        "c.csv",
        'id,text\na,"copper\nb,brass\n',
        says="a quote that is never closed",
    ),
    Input(
        "CSV with quotes that swallow lines", "c.csv", 'id,text\na,"copper\nb,brass\nc,"tin"\n', says="broken quoting"
    ),
    Input("CSV with a short line", "c.csv", CSV + "c\n", AB, skips=("no tab",)),
    Input("CSV without a header", "c.csv", "a,copper\nb,brass\n", [("a", "", "copper"), AB[1]]),
    Input(
        "CSV without a header or quotes, commas in the text",
        "c.csv",
        "a,copper, in wet air\nb,brass\nc,tin\n",
        [("a", "", "copper, in wet air"), AB[1], ("c", "", "tin")],
    ),
    Input("a header in capitals", "c.csv", CSV.replace("id,title,text", "ID,Title,Text"), AB),
    Input("a header after a mark, quoted", "c.csv", '\ufeff"id","title","text"\na,T,copper\nb,,brass\n', AB),
    Input("a header with a number sign", "c.tsv", "#docid\ttext\nb\tbrass\n", AB[1:]),
    Input("a header in another order", "c.tsv", "text\tdoc_id\ttitle\ncopper\ta\tT\nbrass\tb\t\n", AB),
    Input("a header with a column more", "c.tsv", "id\turl\ttitle\ttext\na\tu\tT\tcopper\nb\tu\t\tbrass\n", AB),
    Input("a header without a text", "c.tsv", "docid\turl\na\tu\n", says="no text among its columns docid, url"),
    Input("a header without an id", "c.tsv", "title\ttext\nT\tcopper\n", says="no id among its columns"),
    Input("only a header", "c.tsv", "id\ttext\n", []),
    Input("titles last, no header", "c.tsv", "a\tcopper pipes turn green in wet air\tCopper\n", says="titles last"),
    Input("five columns, no header", "c.tsv", "a\t1\t2\t3\tcopper\n", says="5 columns and no header"),
    Input("MS MARCO's triples of ids", "triples.tsv", "12\t34\t56\n13\t35\t57\n", says="none of words"),
    Input("a run", "c.run", "q1 Q0 a 1 9.5 t\n", says="no known kind"),
    Input("a run by tabs", "c.tsv", "q1\tQ0\ta\t1\t9.5\tt\n", says="6 columns and no header"),
    Input("qrels by tabs", "qrels.tsv", "q1\t0\ta\t1\n", says="4 columns and no header"),
    Input("BEIR's qrels", "test.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\n", says="no text among its columns"),
    Input(
        "TREC's SGML",
        "ap.txt",
        "<DOC>\n<DOCNO> AP1 </DOCNO>\n<HEAD>T</HEAD>\n<TEXT>copper &amp; <P>tin</TEXT>\n</DOC>\n",
        [("AP1", "T", "copper & tin")],
    ),
    Input("a saved error page", "c.jsonl", "<!DOCTYPE html><html><body>404</body></html>", says="XML, HTML or SGML"),
    Input("one text", "story.txt", "Copper pipes turn green.\nWet air does it.\n", says="no known kind"),
    Input("no content", "c.jsonl", "", []),
    Input(
        "an object of documents",
        "c.json",
        '{"a": {"text": "copper"}, "b": {"text": "brass"}}',
        says="no id, first at c.json line 1 (has a, b)",
    ),
    Input("documents inside of an object", "c.json", '{"data": [{"id": "a", "text": "copper"}]}', says="has data"),
    Input(
        "objects over several lines",
        "c.json",
        json.dumps(json.loads(A), indent=1) + "\n" + json.dumps(json.loads(B), indent=1),
        AB,
    ),
    Input("an array", "c.json", f"[{A},{B}]", AB),
    Input("an array with a comma too many", "c.json", f"[{A},{B},]", AB),
    Input("an array a line", "c.jsonl", f"[{A.strip()}]\n[{B.strip()}]\n", AB),
    Input("a gzipped array in UTF-16", "c.json.gz", gzip.compress(f"[{A},{B}]".encode("utf-16")), AB),
    Input("an array that is cut", "c.json", f"[{A},{B}", says="the array is never closed"),
    Input(
        "an array cut in a value", "c.json", f"[{A},{B[:20]}", says="cannot be read after value 1: a value is not JSON"
    ),
    Input("an array of strings", "c.json", '["copper", "brass"]', says="not a JSON object"),
    Input("a number", "c.json", "17", says="not a JSON object"),
    Input("Python's own notation", "c.jsonl", "{'id': 'a', 'text': 'copper'}\n", says="not JSON"),
    Input(
        "NaN where there is no title", "c.jsonl", '{"id": 1.0, "title": NaN, "text": "copper"}\n', [("1", "", "copper")]
    ),
    Input(
        "an id that is a fraction",
        "c.jsonl",
        A + B + '{"id": 1.5, "text": "tin"}\n',
        AB,
        skips=("id must be a string",),
    ),
    Input(
        "an id with a control character",
        "c.jsonl",
        A + B + '{"id": "c\\u001b[31m", "text": "tin"}\n',
        AB,
        skips=("id with control characters",),
    ),
    Input("texts by language", "c.jsonl", '{"id": "a", "text": {"en": "copper"}}\n', says="text must be a string"),
    Input("names in capitals", "c.jsonl", '{"Id": "a", "Title": "T", "Contents": "copper"}\n', AB[:1]),
    Input(
        "SciFact's own file",
        "c.jsonl",
        '{"doc_id": 7, "title": "T", "abstract": ["Copper.", "Brass."], "structured": false}\n',
        [("7", "T", "Copper. Brass.")],
    ),
    Input(
        "a segment of MS MARCO v2.1",
        "c.jsonl",
        '{"docid": "m#1", "url": "u", "title": "T", "headings": "H", "segment": "copper", "start_char": 0}\n',
        [("m#1", "T", "H\ncopper")],
    ),
    Input(
        "an article of WikiExtractor", "wiki_00", '{"id": "a", "url": "u", "title": "T", "text": "copper"}\n', AB[:1]
    ),
    Input(
        "ids by another name",
        "c.jsonl",
        '{"cord_uid": "a", "text": "copper"}\n',
        says="no id, first at c.jsonl line 1 (has cord_uid, text)",
    ),
    Input("deep JSON", "c.jsonl", A + B + "[" * 90_000 + "\n", AB, skips=("not JSON",)),
    Input("a deep array", "c.json", "[" * 90_000, says="a value is not JSON"),
    Input("a lone surrogate and NUL", "c.jsonl", '{"id": "a", "text": "x\\ud800\\u0000"}\n', [("a", "", "x?\ufffd")]),
    Input(
        "a line of 17 MB",
        "c.jsonl",
        A + '{"id": "z", "text": "' + "x" * 17_000_000 + '"}\n' + B,
        AB,
        skips=("longer than 16 MB",),
    ),
    Input("17 MB without a line end", "c.tsv", "a\t" + "x" * 17_000_000, says="longer than 16 MB"),
    Input(
        "a value of 17 MB in an array",
        "c.json",
        f'[{A},{{"id": "z", "text": "' + "x" * 17_000_000 + '"}]',
        says="over the limit",
    ),
    Input("a pipe", "c.jsonl", lambda path: os.mkfifo(path), says="is a pipe"),
    Input("endless zeros", "c.jsonl", link("/dev/zero"), says="is a device"),
    Input("nothing for ever", "c.jsonl", link("/dev/null"), says="is a device"),
    Input("a socket", "c.jsonl", sockets, says="is a socket"),
    Input("a link to nothing", "c.jsonl", link("gone.jsonl"), says="is a dangling link"),
    Input("a link to itself", "c.jsonl", link("c.jsonl"), says="cannot be read: Too many levels of symbolic links"),
    Input(
        "most lines in another encoding",
        "c.tsv",
        "a\tcaf\xe9 cr\xe8me\nb\td\xe9j\xe0 vu\nc\tbrass\n".encode("cp1252"),
        says="cp1252",
    ),
    Input("a folder of JSON lines", "c", folder(a__jsonl=A, b__jsonl=B), AB),
    Input(
        "a folder of gzipped CSV and a README",
        "c",
        folder(a__csv__gz=gzip.compress(CSV.encode()), README__md="About copper."),
        AB,
        skips=("not a collection as the files beside it",),
    ),
    Input("a folder of one object a file", "c", folder(a__json=json.dumps(json.loads(A), indent=1), b__json=B), AB),
    Input(
        "BEIR's folder",
        "c",
        folder(
            corpus__jsonl=A + B,
            queries__jsonl='{"_id": "q1", "text": "copper"}\n',
            qrels_in_test__tsv="query-id\tcorpus-id\tscore\nq1\ta\t1\n",
        ),
        AB,
    ),
    Input(
        "a folder with a pipe in it",
        "c",
        folder(a__txt="copper", b__txt=os.mkfifo),
        [("a.txt", "", "copper")],
        skips=("a pipe",),
    ),
    Input(
        "a folder with a link to nothing",
        "c",
        folder(a__txt="copper", b__txt=link("gone")),
        [("a.txt", "", "copper")],
        skips=("a dangling link",),
    ),
    Input("a folder that holds itself", "c", loop, [("a.txt", "", "copper")], skips=("a link to a folder",)),
    Input(
        "a folder of texts and a picture",
        "c",
        folder(a__txt="copper", b__txt="tin", c__png=b"\x89PNG\r\n\x1a\n" + bytes(99)),
        [("a.txt", "", "copper"), ("b.txt", "", "tin")],
        skips=("not a text file",),
    ),
    Input(
        "a folder of web pages",
        "c",
        folder(a__html="<!DOCTYPE html>\n<title>T</title><p>copper", b__html="<html><p>tin"),
        [("a.html", "T", "copper"), ("b.html", "", "tin")],
    ),
    Input("a file's name with blanks", "c", named("my text 1.txt", "copper"), [("my%20text%201.txt", "", "copper")]),
    Input("a file's name that is not UTF-8", "c", named(b"caf\xe9.txt", "copper"), [("caf%E9.txt", "", "copper")]),
    Input("a file's name with a line break", "c", named("a\nb.txt", "copper"), [("a%0Ab.txt", "", "copper")]),
    Input("a text in UTF-16 in a folder", "c", folder(a__txt="copper".encode("utf-16")), [("a.txt", "", "copper")]),
    Input("an empty folder", "c", folder(), []),
    Input("a folder of empty files", "c", folder(a__txt="", b__txt=" \n"), [], skips=("empty text", "empty text")),
    Input("an id in two files of a folder", "c", folder(a__jsonl=A + B, b__jsonl=B), AB, skips=("duplicate id",)),
]

Q = {"q1": "copper pipes", "q2": "brass"}
TOPICS = [
    Input("a header with a column more", "t.tsv", "qid\tquery\tlanguage\nq1\tcopper pipes\ten\nq2\tbrass\ten\n", Q),
    Input("a header in another order", "t.tsv", "query\tlanguage\tquery_id\ncopper pipes\ten\tq1\nbrass\ten\tq2\n", Q),
    Input("three columns, no header", "t.tsv", "q1\ten\tcopper pipes\n", says="3 columns and no header"),
    Input("CSV with a header, quoted", "t.csv", 'qid,query\nq1,"copper pipes"\nq2,brass\n', Q),
    Input(
        "CSV with a comma in the query, not quoted",
        "t.csv",
        "qid,query\nq1,copper, pipes\n",
        says="3 columns, the header has 2",
    ),
    Input("CSV by semicolon", "t.csv", "q1;copper pipes\nq2;brass\n", Q),
    Input(
        "Excel's quotes in TSV", "t.tsv", 'q1\t"copper ""pipes"""\nq2\tbrass\n', {"q1": 'copper "pipes"', "q2": "brass"}
    ),
    Input(
        "a query in quotes of its own",
        "t.tsv",
        'q1\t"copper pipes"\nq2\tbrass\n',
        {"q1": '"copper pipes"', "q2": "brass"},
    ),
    Input(
        "a quote that is never closed",
        "t.csv",
        'qid,query\nq1,"copper\nq2,brass\n',
        says="a quote that is never closed",
    ),
    Input("an array of JSON", "t.json", '[{"qid": "q1", "query": "copper pipes"}, {"qid": "q2", "query": "brass"}]', Q),
    Input(
        "numbers for ids",
        "t.jsonl",
        '{"_id": 1, "text": "copper"}\n{"_id": 2.0, "text": "tin"}\n',
        {"1": "copper", "2": "tin"},
    ),
    Input(
        "an object of queries",
        "t.json",
        '{"q1": "copper pipes", "q2": "brass"}',
        says="no id or no query among 'q1', 'q2'",
    ),
    Input("a corpus", "c.jsonl", A + B, says="are a corpus"),
    Input(
        "JSON lines that are cut",
        "t.jsonl",
        '{"_id": "q1", "text": "copper"}\n{"_id": "q2", "te',
        says="a value is not JSON",
    ),
    Input("a query that is a number", "t.jsonl", '{"_id": "q1", "text": 5}\n', says="query must be a string"),
    Input(
        "TREC with closed tags and entities",
        "t.trec",
        "<top><num>Number: q1</num><title>copper &amp; brass</title><desc>x</desc></top>",
        {"q1": "copper & brass"},
    ),
    Input(
        "TREC of the nineties",
        "t.txt",
        "<top>\n<head> Tipster\n<num> Number:  051\n<title> Topic:  Airbus\n  Subsidies\n<desc> d\n</top>\n",
        {"051": "Airbus Subsidies"},
    ),
    Input("TREC without a title", "t.txt", "<top>\n<num> Number: 1\n<desc> copper\n</top>\n", says="no <title>"),
    Input(
        "TREC's web topics",
        "t.xml",
        '<webtrack><topic number="q1" type="x"><query>copper pipes</query><description>d</description></topic>'
        '<topic number="q2"><query>brass</query></topic></webtrack>',
        Q,
    ),
    Input(
        "TREC's clinical topics",
        "t.xml",
        '<topics><topic number="1"> copper\n pipes </topic></topics>',
        {"1": "copper pipes"},
    ),
    Input(
        "XML whose topics have other parts",
        "t.xml",
        '<topics><topic number="1"><disease>x</disease></topic></topics>',
        says="no <query> or <title> among number, disease",
    ),
    Input("XML without topics", "t.xml", "<feed><entry>x</entry></feed>", says="XML without a <topic>"),
    Input("XML that is cut", "t.xml", '<topics><topic number="1"><query>x', says="not well-formed XML"),
    Input(
        "XML that grows",
        "t.xml",
        '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<topics><topic number="1"><query>&b;</query></topic></topics>',
        says="declares entities",
    ),
    Input("a saved error page", "t.tsv", "<!doctype html><p>404", says="is HTML"),
    Input("gzipped UTF-16", "t.tsv.gz", gzip.compress("q1\tcopper pipes\nq2\tbrass\n".encode("utf-16")), Q),
    Input(
        "carriage returns amid lines",
        "t.tsv",
        "q1\tcopper pipes\rq2\tbrass\nq3\ttin\n",
        says="a carriage return amid the line",
    ),
    Input("an id twice", "t.tsv", "q1\ta\nq1\tb\n", says="was there before"),
    Input("an id with a blank", "t.tsv", "q 1\tcopper\n", says="topic id 'q 1' is not valid"),
    Input("an id with a control character", "t.tsv", "q\x1b[1\tcopper\n", says="is not valid"),
    Input("a query of blanks", "t.tsv", "q1\t \u00a0 \n", says="lacks its query"),
    Input("only a header", "t.tsv", "qid\tquery\n", says="is empty"),
    Input("NUL in a query", "t.tsv", "q1\tcop\0per and much more text\n", says="a NUL character"),
    Input(
        "another encoding",
        "t.tsv",
        "q1\tcaf\xe9 cr\xe8me br\xfbl\xe9e\n".encode("cp1252"),
        says="not UTF-8 but perhaps cp1252",
    ),
    Input("a line of 2 MB", "t.tsv", "q1\t" + "x" * 2_000_000, says="longer than 1 MB"),
    Input("a folder", "t", folder(), says="is a folder"),
    Input("a pipe", "t.tsv", os.mkfifo, says="is a pipe"),
    Input("a run by blanks", "t.run", "q1 Q0 a 1 9.5 t\n", says="has no tab"),
    Input("a run by tabs", "t.run", "q1\tQ0\ta\t1\t9.5\tt\n", says="6 columns and no header"),
    Input("qrels by tabs", "t.txt", "q1\t0\ta\t1\n", says="4 columns and no header"),
    Input("an Excel file", "t.tsv", archive("zip"), says="an Office file"),
]

R = {"q1": ["a", "b"]}
RUNS = [
    Input("ranks as pandas writes them", "r.run", "q1 Q0 a 1.0 9.5 t\nq1 Q0 b 2.0 8.5 t\n", R),
    Input("gzipped", "r.run.gz", gzip.compress(b"q1 Q0 a 1 9.5 t\nq1 Q0 b 2 8.5 t\n"), R),
    Input("gzipped, but not by name", "r.run", gzip.compress(b"q1 Q0 a 1 9.5 t\nq1 Q0 b 2 8.5 t\n"), R),
    Input("UTF-16", "r.run", "q1 Q0 a 1 9.5 t\nq1 Q0 b 2 8.5 t\n".encode("utf-16"), R),
    Input("MS MARCO's three columns", "r.tsv", "q1\ta\t1\nq1\tb\t2\n", R),
    Input("three columns with scores", "r.tsv", "q1\ta\t9\nq1\tb\t8\n", says="does not count 1, 2, 3"),
    Input("BEIR's results", "r.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t9.5\n", says="does not count 1, 2, 3"),
    Input("remarks", "r.run", "# by us\nq1 Q0 a 1 9.5 t\n# and\nq1 Q0 b 2 8.5 t\n", R),
    Input("ids with a number sign", "r.run", "#1 Q0 a 1 9.5 t\n#1 Q0 b 2 8.5 t\n#remark\n", {"#1": ["a", "b"]}),
    Input("a header", "r.run", "qid Q0 docno rank score tag\nq1 Q0 a 1 9.5 t\nq1 Q0 b 2 8.5 t\n", R),
    Input("only a header", "r.run", "qid Q0 docno rank score tag\n", says="has no line of a run"),
    Input("only remarks", "r.run", "# nothing\n", says="has no line of a run"),
    Input("tabs, and blanks at the end", "r.run", "q1\tQ0\ta\t1\t9.5\tt \r\nq1\tQ0\tb\t2\t8.5\tt\t\r\n", R),
    Input("scores that are the same, ranks that are not", "r.run", "q1 Q0 b 2 1 t\nq1 Q0 a 1 1 t\n", R),
    Input("scores and ranks that are the same", "r.run", "q1 Q0 b 0 1 t\nq1 Q0 a 0 1 t\n", R),
    Input(
        "scores that differ only in double precision",
        "r.run",
        "q1 Q0 b 1 1.00000000001 t\nq1 Q0 a 2 1.00000000002 t\n",
        R,
    ),
    Input("scores and ranks that contradict each other", "r.run", "q1 Q0 b 1 1 t\nq1 Q0 a 2 2 t\n", R),
    Input("JSON", "r.json", '{"q1": {"a": 9.5}}', says="has JSON"),
    Input("commas", "r.csv", "q1,Q0,a,1,9.5,t\n", says="6 fields between commas"),
    Input("an endless score", "r.run", "q1 Q0 a 1 1e400 t\n", says="not a finite number"),
    Input("a score with an underscore", "r.run", "q1 Q0 a 1 1_000 t\n", says="not a finite number"),
    Input("a score in Arabic digits", "r.run", "q1 Q0 a 1 \u0669 t\n", says="not a finite number"),
    Input("a rank of thirty digits", "r.run", f"q1 Q0 a {10**30} 1 t\n", says="not a whole number"),
    Input("a rank of five thousand digits", "r.run", f"q1 Q0 a {'9' * 5000} 1 t\n", says="not a whole number"),
    Input("a rank that is a fraction", "r.run", "q1 Q0 a 1.5 1 t\n", says="not a whole number"),
    Input("qrels", "r.txt", "q1 0 a 1\n", says="has 4 fields"),
    Input("lines of three and six fields", "r.run", "q1 a 1\nq1 Q0 b 2 8.5 t\n", says="has 6 fields, every line"),
    Input("NUL", "r.run", "q1 Q0 a 1 9.5 t\nq1 Q0 \0b 2 8.5 t\n", says="a NUL character"),
    Input("a picture", "r.run", b"\x89PNG\r\n\x1a\n" + bytes(99), says="a picture"),
    Input("endless zeros", "r.run", link("/dev/zero"), says="is a device"),
]

G = {"q1": {"a": 2, "b": 0}}
QRELS = [
    Input("BEIR's", "q.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\n", G),
    Input("BEIR's, gzipped", "q.tsv.gz", gzip.compress(b"query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\n"), G),
    Input("a header of TREC's columns", "q.txt", "topic iteration docno relevance\nq1 0 a 2\nq1 0 b 0\n", G),
    Input("a header in another order", "q.tsv", "docid\tqid\tlabel\na\tq1\t2\nb\tq1\t0\n", G),
    Input("grades as pandas writes them", "q.txt", "q1 0 a 2.0\nq1 0 b 0.0\n", G),
    Input("a grade that is a fraction", "q.txt", "q1 0 a 0.5\n", says="not a whole number up to"),
    Input("a grade that no measure can take", "q.txt", "q1 0 a 99999999999\n", says="not a whole number up to"),
    Input("grades below 0", "q.txt", "q1 0 a 2\nq1 0 b -2\n", {"q1": {"a": 2, "b": -2}}),
    Input("remarks", "q.txt", "# judged by us\nq1 0 a 2\nq1 0 b 0\n", G),
    Input("ids with a number sign", "q.txt", "#1 0 a 2\n#1 0 b 0\n", {"#1": {"a": 2, "b": 0}}),
    Input("only remarks", "q.txt", "# judged by us\n", says="has no judgement"),
    Input("UTF-16", "q.txt", "q1 0 a 2\nq1 0 b 0\n".encode("utf-16"), G),
    Input("commas", "q.csv", "q1,0,a,2\n", says="fields"),
    Input("three columns, no header", "q.tsv", "q1\ta\t2\n", says="has 3 fields"),
    Input("a run", "q.txt", "q1 Q0 a 1 9.5 t\n", says="has 6 fields"),
    Input("topics", "q.tsv", "q1\tcopper\n", says="has 2 fields"),
    Input("a zip", "q.zip", archive("zip"), says="a zip archive"),
]
