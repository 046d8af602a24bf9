"""E2Rank: one vector of the query and the first documents, and its cosine to each document."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import reranking
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Planned, RankSettled
from rankr1_app.explanation.story import Stories
from rankr1_app.plan import resolve
from rankr1_app.reranking.pseudoquery import FEEDBACK, NEAREST, PseudoQuery, nearest
from rankr1_app.settings import Settings

from ..doubles import candidates
from ..engines.test_architectures import checkpoints

__all__ = ["checkpoints"]
WHOLE = """<|im_start|>user
Given a web search query and some relevant documents, rerank the documents that answer the query:
Documents:
[1] Beijing is the capital.
[2] Gravity attracts. < |im_end|>
Search Query: What is the capital of China?<|im_end|>
<|im_start|>assistant
<think>

</think>

"""


@pytest.fixture
def engine(checkpoints: dict[str, Path]) -> PseudoQuery:
    return PseudoQuery(str(checkpoints["Qwen3"]))


def test_the_pseudo_query_byte_for_byte() -> None:
    texts = ["Beijing is\nthe capital.", "Gravity attracts. <|im_end|>"]
    (message,) = PseudoQuery("none").messages("What is the capital of China?", texts)
    assert (message.role, message.content) == ("assistant", WHOLE)


async def test_scores_are_cosines_of_last_tokens(engine: PseudoQuery) -> None:
    """As the paper's own code computes them: one text at a time, without padding."""
    import torch

    texts = ["short", "a document that is much longer than the others are", "tea"] * 4
    found = await engine.score("which?", texts)
    assert engine.loaded is not None
    tokenizer, model = engine.loaded

    def vector(text: str) -> torch.Tensor:
        with torch.inference_mode():
            hidden = model(input_ids=tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"])
        last = hidden.last_hidden_state[0, -1]
        found: torch.Tensor = last / last.norm()
        return found

    pseudo = vector(engine.messages("which?", texts)[0].content)
    expected = [float(vector(text + "<|endoftext|>") @ pseudo) for text in texts]
    assert found.scores == pytest.approx(expected, abs=1e-5)
    assert len({round(score, 4) for score in expected}) == 3
    await engine.close()


async def test_all_documents_are_ranked_by_the_first_twenty(engine: PseudoQuery) -> None:
    made = reranking.create(resolve(Settings(reranker="e2rank-0.6b").checked()), engine)
    events = [event async for event in made.rerank("q", candidates(range(45)), 45, lambda: 0.0)]
    assert events[0] == Planned(at=0.0, calls=1, rounds=1)
    (started,) = [event for event in events if isinstance(event, CallStarted)]
    (finished,) = [event for event in events if isinstance(event, CallFinished)]
    settled = [event for event in events if isinstance(event, RankSettled)]
    assert len(started.documents) == 45
    assert "[20]" in started.messages[0].content
    assert "[21]" not in started.messages[0].content
    assert finished.score_name == "cosine to the pseudo-query"
    assert sorted(event.document for event in settled) == sorted(started.documents)
    assert [event.score for event in settled] == pytest.approx(sorted(finished.scores, reverse=True), abs=1e-5)


def test_the_nearest_by_hand() -> None:
    """Unit vectors in a plane at 0, 60 and 90 degrees: cosines of 1/2, 0 and the root of 3/4."""
    import torch

    vectors = torch.tensor([[1.0, 0.0], [0.5, 0.75**0.5], [0.0, 1.0], [float("nan"), 0.0]])
    first, second, third, broken = nearest(vectors)
    assert [place for place, _ in first] == [1, 2]
    assert [cosine for _, cosine in first] == pytest.approx([0.5, 0.0])
    assert [place for place, _ in second] == [2, 0]
    assert [cosine for _, cosine in second] == pytest.approx([0.75**0.5, 0.5])
    assert [place for place, _ in third] == [1, 0]
    assert broken == ()


async def test_the_nearest_documents_of_the_pseudo_query_are_told(engine: PseudoQuery) -> None:
    """As many vectors as there are texts, each on its own; below the twentieth only the first twenty are near."""
    texts = [f"{number} cups of tea and {number * number} loaves" for number in range(FEEDBACK + 3)]
    found = await engine.score("which?", texts)
    vectors = [engine.vectors([text + "<|endoftext|>"])[0][0] for text in texts]
    assert (found.feedback, len(found.nearest)) == (FEEDBACK, len(texts))
    for own in (0, 7, FEEDBACK, FEEDBACK + 2):
        cosines = {place: float(vectors[own] @ vectors[place]) for place in range(FEEDBACK) if place != own}
        best = sorted(cosines.values(), reverse=True)[:NEAREST]
        assert [cosine for _, cosine in found.nearest[own]] == pytest.approx(best, abs=1e-5)
        assert [cosines[place] for place, _ in found.nearest[own]] == pytest.approx(best, abs=1e-5)
    alone = await engine.score("which?", ["tea"])
    assert (alone.feedback, alone.nearest) == (1, ((),))


async def test_a_story_says_which_documents_are_nearest(engine: PseudoQuery) -> None:
    made = reranking.create(resolve(Settings(reranker="e2rank-0.6b").checked()), engine)
    stories = Stories()
    async for event in made.rerank("q", candidates(range(23)), 23, lambda: 0.0):
        stories.see(event)
    (finished,) = stories.finished.values()
    inside, outside = stories.of("d3").notes, stories.of("d22").notes
    near = ", ".join(f"“{each.document}” {each.cosine:.3f}" for each in finished.nearest[22])
    assert f"Nearest to it in the pseudo-query, of 20 documents, by the model's cosine: {near}." in outside
    assert any(
        note.startswith("It is in the pseudo-query itself. Nearest to it in the pseudo-query, of 19 other documents, ")
        for note in inside
    )
    assert "This method gives no reasons." in outside


async def test_what_is_too_long_or_no_checkpoint_is_one_sentence(engine: PseudoQuery, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"is too long for .* which reads 4096: a smaller --depth"):
        await engine.score("q", ["word " * 5_000])
    with pytest.raises(Problem, match="cannot be loaded"):
        await PseudoQuery(str(tmp_path)).start()
    with pytest.raises(Problem, match="reranker 'e2rank-4b' runs in this process, leave --base-url out"):
        Settings(reranker="e2rank-4b", base_url="http://127.0.0.1:1").checked()


async def test_published_vectors_where_the_weights_are() -> None:
    """The README of Alibaba-NLP/E2Rank-0.6B, whose documents carry their end inside the prompt."""
    from huggingface_hub import try_to_load_from_cache

    if not isinstance(try_to_load_from_cache("Alibaba-NLP/E2Rank-0.6B", "config.json"), str):
        pytest.skip("Alibaba-NLP/E2Rank-0.6B is not on this machine")
    texts = [
        "The capital of China is Beijing.",
        "Gravity is a force that attracts two bodies towards each other. It gives weight to physical objects and is "
        "responsible for the movement of planets around the sun.",
    ]
    engine = PseudoQuery("Alibaba-NLP/E2Rank-0.6B")
    first = await engine.score("What is the capital of China?", texts)
    second = await engine.score("Explain gravity", texts)
    assert first.scores == pytest.approx((0.8514, 0.2427), abs=0.05)
    assert second.scores == pytest.approx((0.3315, 0.7923), abs=0.05)
