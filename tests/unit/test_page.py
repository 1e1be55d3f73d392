"""Markdown becomes a page that is whole, leads nowhere else, and says what was written."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from loading import ROOT

from grader import page
from grader.errors import SpecError

HANDOUTS = sorted((ROOT / "assignments").glob("*/handout.md"))
VOID = {"meta", "br", "hr", "img"}
PNG = b"\x89PNG\r\n\x1a\n"


class Tree(HTMLParser):
    """Reads a page; ``faults`` are tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and that it waits for its end unless it has none."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note an end where it does not belong."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def values(self, name: str) -> list[str]:
        """Return the values of one attribute, in order."""
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def render(text: str, **options: object) -> str:
    defaults = {"name": "handout.md", "title": "Title", "course": "Course"}
    return page.render(text, **{**defaults, **options}).decode()  # type: ignore[arg-type]


def body(text: str, **options: object) -> str:
    return render(text, **options).partition('<p class="course">Course</p>')[2]


def refusal(text: str, **options: object) -> str:
    with pytest.raises(SpecError) as refused:
        render(text, **options)
    return str(refused.value)


@pytest.mark.parametrize("handout", HANDOUTS, ids=lambda path: path.parent.name)
def test_the_page_of_each_day_is_whole(handout: Path) -> None:
    tree = Tree(render(handout.read_text(encoding="utf-8")))

    targets = [value for value in tree.values("href") if value.startswith("#")]
    anchors = Counter(tree.values("id"))
    assert (tree.open, tree.faults) == ([], [])
    assert set(anchors.values()) == {1}
    assert len(targets) > 10
    assert {target.removeprefix("#") for target in targets} <= set(anchors)


@pytest.mark.parametrize("handout", HANDOUTS, ids=lambda path: path.parent.name)
def test_the_page_of_each_day_fetches_nothing(handout: Path) -> None:
    tree = Tree(render(handout.read_text(encoding="utf-8")))

    tags = {tag for tag, _ in tree.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert all(value.startswith("data:") for value in tree.values("src"))
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in tree.values("content")


@pytest.mark.parametrize("handout", HANDOUTS, ids=lambda path: path.parent.name)
def test_no_word_of_a_days_code_is_lost(handout: Path) -> None:
    text = handout.read_text(encoding="utf-8")
    shown: list[str] = []
    reader = HTMLParser()
    reader.handle_data = shown.append  # type: ignore[method-assign]

    reader.feed(render(text))

    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    assert [block for block in blocks if block not in "".join(shown)] == []


def test_headings_are_listed_with_the_anchors_that_github_gives() -> None:
    text = "# Day\n\n## 5. `holes.py` ★\n\n### Why?\n\n## Why?\n\n#### Small\n"

    found = render(text)

    assert '<li class="h2"><a href="#5-holespy-">5. holes.py ★</a></li>' in found
    assert '<li class="h3"><a href="#why">Why?</a></li>' in found
    assert '<li class="h2"><a href="#why-1">Why?</a></li>' in found
    assert '<h4 id="small">Small</h4>' in found
    assert 'href="#small"' not in found


def test_raw_html_stays_text() -> None:
    found = body(
        "<script>alert(1)</script>\n\nand <b onclick='x'>more</b> [x](javascript:alert(1))\n"
    )

    assert "<script" not in found
    assert "<b " not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found
    assert "href" not in found


def test_titles_are_text() -> None:
    found = render("# <i>&\n\n## <u>\n", title="<i>&", course="<b>")

    assert "<title>&lt;i&gt;&amp;</title>" in found
    assert '<p class="course">&lt;b&gt;</p>' in found
    assert '<a href="#u">&lt;u&gt;</a>' in found


def test_a_session_is_highlighted_and_other_text_is_not() -> None:
    session = body("```python\n>>> 1 + 1\n2\n```\n")
    plain = body("```text\n>>> a < b\n```\n")
    unknown = body("```nonsense\na < b\n```\n")

    assert '<span class="gp">&gt;&gt;&gt; </span><span class="mi">1</span>' in session
    assert '<pre tabindex="0"><code>&gt;&gt;&gt; a &lt; b\n</code></pre>' in plain
    assert '<pre tabindex="0"><code>a &lt; b\n</code></pre>' in unknown


def test_a_wide_table_scrolls_in_a_box_of_its_own() -> None:
    found = body("| a | b |\n|---|---|\n| 1 | 2 |\n")

    assert '<div class="wide" tabindex="0"><table>' in found
    assert "</table></div>" in found


def test_a_link_may_lead_to_a_heading_a_file_of_the_handout_or_the_world() -> None:
    text = "# One\n\n[a](#one) [b](holes.py) [c](https://example.org/) [d](mailto:a@example.org)\n"

    found = body(text, files={"holes.py"})

    assert re.findall('href="(.*?)"', found) == [
        "#one",
        "holes.py",
        "https://example.org/",
        "mailto:a@example.org",
    ]


def test_a_link_that_leads_nowhere_is_refused_with_its_line() -> None:
    heading = refusal("# One\n\ntext\n[a](#two)\n")
    file = refusal("# One\n\n[a](solution.py)\n", files={"holes.py"})

    assert heading.startswith("handout.md:4: links to '#two', but no heading has that anchor; ")
    assert file.startswith("handout.md:3: links to 'solution.py', which the handout does not hold")


def test_a_picture_is_part_of_the_page() -> None:
    text = '![a "memory" strip](pictures/a%20strip.png)\n'

    found = body(text, pictures={"pictures/a strip.png": PNG})

    assert page.picture_names(text) == ["pictures/a strip.png"]
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in found
    assert 'alt="a &quot;memory&quot; strip"' in found


@pytest.mark.parametrize(
    "source", ["none.png", "https://example.org/a.png", "//example.org/a.png", "notes.txt"]
)
def test_a_picture_that_is_not_at_hand_is_refused(source: str) -> None:
    said = refusal(f"text\n\n![]({source})\n", pictures={"notes.txt": b"", "a.png": PNG})

    assert said.startswith(f"handout.md:3: the picture '{source}' cannot be shown; ")


def test_the_same_text_gives_the_same_bytes() -> None:
    text = HANDOUTS[0].read_text(encoding="utf-8")

    assert render(text) == render(text)
