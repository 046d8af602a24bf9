"""The shapes of requests and answers, as the documented API shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ..settings import DEPTH, DOCS_PER_CALL, MAX_TOKENS, SPECULATION, K


def unicode(value: str) -> str:
    """Return `value`. Raises what pydantic does for text that cannot be written in UTF-8: a lone surrogate."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "must be valid Unicode") from None
    return value


Text = Annotated[str, AfterValidator(unicode)]


def integer(about: str, low: int, high: int) -> Any:
    """Return a setting that may be left out. Its range is checked with all other settings, in our words."""
    return Field(default_factory=int, description=about, json_schema_extra={"minimum": low, "maximum": high})


def text(about: str) -> Any:
    """Return a setting that may be left out."""
    return Field(default_factory=str, description=about)


class Changes(BaseModel):
    """The settings a visitor may change; what is left out is as the server was started."""

    model_config = ConfigDict(extra="forbid", strict=True)

    index: Text = text("Index to search, by its name.")
    retriever: Text = text("First stage; empty takes hybrid where the index has vectors, else bm25.")
    fusion: Text = text("How hybrid makes one ranking of two: `min-max` or `rrf`.")
    rewrite: Text = text("What the model makes of the query before it is searched for; empty for nothing.")
    reranker: Text = text("Name of the model catalogue, or `none`.")
    depth: int = integer(
        "Candidates taken from the first stage; 20 unless the server was started with another.", *DEPTH
    )
    k: int = integer("Ranks the model settles.", *K)
    docs_per_call: int = integer("Documents a call shows; 0 as the model was trained.", 0, DOCS_PER_CALL[1])
    max_tokens: int = integer("Tokens an answer may have; 0 as the model was trained.", 0, MAX_TOKENS[1])
    sort: Text = text("How ranks are found; auto takes the quickest by what calls cost on the engine.")
    order: Text = text("Order of the documents in a prompt; empty as the model was trained.")
    speculation: int = integer("Ranks a tournament looks ahead; -1 by the engine's room.", -1, SPECULATION[1])
    seed: int = integer("Seed of every shuffle.", 0, 2**31 - 1)

    def changes(self) -> dict[Text, Any]:
        """Return what was sent of the settings."""
        return self.model_dump(include=set(Changes.model_fields), exclude_unset=True)


class SearchRequest(Changes):
    """A search."""

    query: Text = Field(description="What to look for, in words.")
    like: list[Text] = Field(default_factory=list, description="Ids of documents, for more like them.")


class ColumnRequest(SearchRequest):
    """A search that stands beside others."""

    candidates: Text = text(
        "Run whose candidates, or first `depth` of them, are ranked, instead of those of a first stage."
    )
    blind: bool = Field(False, description="Whether the answer says nothing of whose ranking it is.")


class VoteRequest(BaseModel):
    """A vote on rankings that stood side by side."""

    model_config = ConfigDict(extra="forbid", strict=True)

    choice: Text = Field(description="Run of the better ranking; empty where none is better.")


class SounderRequest(BaseModel):
    """A document whose reasonings in two runs are judged."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document: Text = Field(description="Id of the document.")
    judge: Text = Field(description="A reranker of this server that judges two answers.")


class VoteList(BaseModel):
    """Votes on a comparison."""

    votes: list[dict[str, Any]]


class EstimateRequest(Changes):
    """Settings to reckon with. A query may stand beside them, it changes nothing."""

    query: Text = text("Not used.")


class FindRequest(SearchRequest):
    """A document looked for in the first stage of a search."""

    text: Text = Field(description="Id of the document, or some of its words.")


class CompareRequest(SearchRequest):
    """Two documents of a search, to be compared."""

    documents: list[Text] = Field(description="Two ids.")


class RerankRequest(BaseModel):
    """Documents to rerank. Fields that other services know and this one does not are passed over."""

    model_config = ConfigDict(strict=True)

    query: Text = Field(description="What the documents are ranked for.")
    documents: list[Text | dict[str, Any]] = Field(description="Strings, or objects with `text` and maybe `title`.")
    model: Text | None = Field(None, description="Name of a model that `/v1/models` lists, or `none`.")
    top_n: int | None = Field(None, ge=1, le=K[1], description="Results wanted: so many ranks the model settles.")
    return_documents: bool = Field(True, description="Whether results repeat their documents.")

    def fields(self, place: int) -> dict[str, object]:
        """Return the document at a place, under its place as its id. Raises `Problem`."""
        given = self.documents[place]
        if isinstance(given, str):
            return {"id": str(place + 1), "text": given}
        return {"id": str(place + 1), "title": given.get("title") or "", "text": given.get("text")}

    def echoed(self, place: int) -> dict[str, Any]:
        """Return the document at a place as it was sent."""
        given = self.documents[place]
        return {"text": given} if isinstance(given, str) else given


class RerankResult(BaseModel):
    """One document: its place in the request, and its score, which the answer's `score_name` names."""

    index: int
    relevance_score: float
    document: dict[str, Any] | None = None
    settled: bool
    reasons: list[dict[str, Any]]
    notes: list[str]


class RerankAnswer(BaseModel):
    """Documents best first. `id` is that of the run, which `/v1/runs/{id}` shows whole."""

    id: str
    model: str
    score_name: str
    results: list[RerankResult]
    usage: dict[str, int]
    meta: dict[str, Any]


class SearchAnswer(BaseModel):
    """A search as `rankr1 search --format json` prints it, with the id of its run."""

    model_config = ConfigDict(extra="allow")

    id: str
    query: str
    state: str
    settings: dict[str, Any]
    ranking: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    totals: dict[str, Any]


class Models(BaseModel):
    """The models of this server, as OpenAI's API lists them."""

    object: str
    data: list[dict[str, Any]]


class Indexes(BaseModel):
    """The indexes of this server; `documents` is null where the number is not known."""

    data: list[dict[str, Any]]


class Refusal(BaseModel):
    """What was wrong, which value, and what would be right."""

    error: str


class Alive(BaseModel):
    """The process answers."""

    status: str


class Health(BaseModel):
    """The state of the parts, in words."""

    index: str
    engine: str
    model: str


class Recorded(BaseModel):
    """A recorded search."""

    model_config = ConfigDict(extra="allow")

    id: str
    query: str
    started: str


class LeaveRequest(BaseModel):
    """A reader of a running search who goes."""

    model_config = ConfigDict(strict=True)

    reader: int = Field(description="Number of the reader, as the first line of the stream says.")


class Left(BaseModel):
    """The search that was left."""

    left: str


class TrialRequest(BaseModel):
    """A comparison whose reason is tried: `without` the passage that it rests on, or with it `only`."""

    model_config = ConfigDict(strict=True)

    call: int = Field(description="Number of the call.")
    way: Literal["without", "only"] = Field(description="What is done to the document that was chosen.")


class Trials(BaseModel):
    """Trials of reasons: the call, the way, when it was asked, the passage and whether the title is part of it, what
    the prompt told of the document by the first stage before and after, the messages, and the lines of what was
    said."""

    trials: list[dict[str, Any]]


class ShuffleRequest(BaseModel):
    """A run of the same search with its documents shuffled otherwise."""

    model_config = ConfigDict(strict=True)

    run: Text = Field(description="Id of the run.")


class Shuffles(BaseModel):
    """The runs of a search with its documents shuffled otherwise."""

    runs: list[str]


class LabelsRequest(BaseModel):
    """Labels of a reader's own for the documents of a search."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: list[Text] = Field(description="Up to 12 labels, a few words each.", max_length=100)


class Labelled(BaseModel):
    """What labels were asked for, the last ones last: each with the classifier (`model`), its `threshold`, and by a
    document's id the probability of every label."""

    facets: list[dict[str, Any]]


class Stopped(BaseModel):
    """The search that was ended."""

    stopped: str


class Estimate(BaseModel):
    """What a search will take; tokens and seconds are null before a search was finished here."""

    calls: int
    tokens: int | None
    seconds: float | None


class Found(BaseModel):
    """Documents with their place in the first stage and the parts of their score. `note` says where no document has the
    words that were looked for."""

    documents: list[dict[str, Any]]
    note: str


class Lines(BaseModel):
    """Lines as the stream of a search has them."""

    lines: list[dict[str, Any]]


class Columns(BaseModel):
    """Columns of a table that are read, by their names; empty where there is none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Text = ""
    title: Text = ""
    text: Text = ""


class ColumnsRequest(BaseModel):
    """The columns chosen, by the name of the file; those of other files are guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    columns: dict[Text, Columns] = Field(default_factory=dict, description="Columns by the name of a file.")


class DatasetRequest(BaseModel):
    """A dataset of the Hugging Face Hub that is to be added."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Text = Field(description="`OWNER/NAME[@REVISION][:CONFIGURATION[:SPLIT]]`.")


class OwnSession(BaseModel):
    """A session for documents of one's own: its id is a secret."""

    session: str


class OwnDocuments(BaseModel):
    """What visitors may bring, where they may, and what one has brought."""

    open: bool
    limits: dict[str, Any] | None = None
    files: list[dict[str, Any]] | None = None
    index: dict[str, Any] | None = None
    building: dict[str, Any] | None = None


class FetchRequest(BaseModel):
    """A known index that is to be fetched."""

    model_config = ConfigDict(strict=True)

    name: str


class KnownIndexes(BaseModel):
    """The indexes that can be fetched by name, where the one who asks may, and how far each is."""

    open: bool
    indexes: list[dict[str, Any]]


class OwnPreview(BaseModel):
    """What will be read: files, first documents, how many there are, and what is left out."""

    files: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    count: int
    whole: bool
    wrong: str
    skipped: list[dict[str, Any]]
