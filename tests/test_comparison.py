"""A comparison as one page of HTML: what stands in it, and that names, topics and queries are text there."""

from __future__ import annotations

import re

from rankr1_app.compare import Measured, Pair
from rankr1_app.comparison import bars, differences, differing, gains, page


def measured(name: str, *values: float) -> Measured:
    return Measured(name, {"nDCG@10": {f"q{n}": value for n, value in enumerate(values)}}, 3.0, 1200.0, 0.5)


def test_the_page_holds_no_markup_of_its_topics() -> None:
    systems = [measured("a<b>", 0.1, 0.5), measured("c", 0.4, 0.5)]
    tests = [Pair("a<b>", "c", "nDCG@10", -0.15, 0.5, 0.5)]
    html = page(systems, tests, ["q0"], {("q0", "c"): "topics/q0-c.html"}, {"q0": "<script>x"})
    assert "<script" not in html
    assert "&lt;script&gt;x" in html
    assert "a&lt;b&gt;" in html
    assert '<a href="topics/q0-c.html">0.4000</a>' in html
    assert html.count("<svg") == 2
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_a_difference_that_chance_seldom_makes_is_marked() -> None:
    likely, seldom = (Pair("a", "b", "RR@10", -0.25, 0.01, corrected) for corrected in (0.05, 0.0499))
    assert "<td>−" not in differences([likely])
    assert "<td>a − b</td><td>RR@10</td><td>-0.2500</td><td>0.0100</td><td>0.0500</td>" in differences([likely])
    assert "<td><b>0.0499</b></td>" in differences([seldom])


def test_gains_and_losses_are_counted_and_drawn_the_largest_gain_first() -> None:
    html = gains(measured("a", 0.1, 0.5, 0.5), measured("b", 0.9, 0.2, 0.5), "nDCG@10")
    assert "<h3>b against a: better for 1 topics, worse for 1, same for 1</h3>" in html
    assert re.findall(r"<title>(q\d: [-+][\d.]+)</title>", html) == ["q0: +0.8000", "q2: +0.0000", "q1: -0.3000"]
    assert html.count('class="gain"') == 1


def test_plots_of_nothing_but_noughts_can_be_drawn() -> None:
    nought = measured("a", 0.0, 0.0)
    for html in (bars([nought], "nDCG@10"), gains(nought, nought, "nDCG@10")):
        assert "nan" not in html
        assert "inf" not in html


def test_systems_that_agree_have_no_topics_that_differ() -> None:
    assert differing([measured("a", 0.1)], "nDCG@10", [], {}, {}) == "<p>The systems agree on every topic.</p>"
    assert "<td>q0: </td><td>0.1000</td>" in differing([measured("a", 0.1)], "nDCG@10", ["q0"], {}, {})
