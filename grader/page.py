"""A handout's Markdown as one HTML page that needs nothing else: no network, no script.

Owns headings and their anchors, highlighting, and that every link and picture leads
somewhere. Raw HTML stays text. How the page looks is `templates/handout/page.html`'s.
"""

import base64
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import jinja2
import pygments
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from markupsafe import Markup
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from grader import template
from grader.errors import SpecError

TEMPLATE = "page.html"
_PICTURES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_CONTENTS_LEVELS = ("h2", "h3")


@dataclass(frozen=True)
class Heading:
    """One line of the table of contents; ``level`` is "h2" or "h3"."""

    level: str
    anchor: str
    text: str


@dataclass(frozen=True)
class _Place:
    """A link or picture: its token, where it leads, and the line that it stands on."""

    token: Token
    target: str
    line: int


def render(
    text: str,
    *,
    name: str,
    title: str,
    course: str,
    pictures: Mapping[str, bytes] | None = None,
    files: Collection[str] = (),
) -> bytes:
    """Return the page for the Markdown ``text``.

    ``name`` is what messages call the text. ``pictures`` holds those that it shows, by
    relative name, and ``files`` the names that it may link to. SpecError, with its line,
    for a link or a picture that leads nowhere.
    """
    tokens = _markdown().parse(text)
    headings = _with_anchors(tokens)
    anchors = {heading.anchor for heading in headings}
    for link in _places(tokens, "link_open"):
        _require_target(link, name, anchors, files)
    for picture in _places(tokens, "image"):
        _put_inline(picture, name, pictures or {})
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.folder("handout")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    body = _markdown().renderer.render(tokens, _markdown().options, {})
    page = environment.get_template(TEMPLATE).render(
        title=title,
        course=course,
        contents=[heading for heading in headings if heading.level in _CONTENTS_LEVELS],
        body=Markup(body),  # noqa: S704 - made by markdown-it, which lets no raw HTML through
    )
    return page.encode()


def picture_names(text: str) -> list[str]:
    """Return the names of the files that the Markdown ``text`` shows as pictures, each once."""
    places = _places(_markdown().parse(text), "image")
    return sorted({place.target for place in places if not place.target.startswith("data:")})


def _markdown() -> MarkdownIt:
    found = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable("table")
    found.add_render_rule("table_open", _table_open)
    found.add_render_rule("table_close", _table_close)
    return found


# --- code and tables ---


def _highlighted(code: str, language: str, _attributes: str) -> str:
    """Return a block of code; an interactive session is one of Python, too."""
    if language == "python" and code.startswith(">>>"):
        language = "pycon"
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
        inside = pygments.highlight(code, lexer, HtmlFormatter(nowrap=True))
    except ClassNotFound:
        inside = escapeHtml(code)
    return f'<pre tabindex="0"><code>{inside}</code></pre>\n'


def _table_open(*_: object) -> str:
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"


# --- headings ---


def _with_anchors(tokens: Sequence[Token]) -> list[Heading]:
    """Give every heading the anchor that GitHub would give it, and return the headings."""
    found: list[Heading] = []
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text = _plain(inline)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") or "section"
        seen[anchor] = seen.get(anchor, -1) + 1
        if seen[anchor]:
            anchor = f"{anchor}-{seen[anchor]}"
        opening.attrSet("id", anchor)
        found.append(Heading(opening.tag, anchor, text))
    return found


def _plain(inline: Token) -> str:
    parts = [child.content for child in inline.children or () if child.content]
    return "".join(parts)


# --- links and pictures ---


def _places(tokens: Sequence[Token], kind: str) -> Iterator[_Place]:
    attribute = "src" if kind == "image" else "href"
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        for child in token.children or ():
            if child.type == kind:
                yield _Place(child, unquote(str(child.attrGet(attribute) or "")), line)
            line += child.type in ("softbreak", "hardbreak")


def _require_target(
    link: _Place, name: str, anchors: Collection[str], files: Collection[str]
) -> None:
    try:
        parts = urlsplit(link.target)
    except ValueError as error:
        raise SpecError(f"{name}:{link.line}: {link.target!r} is no address: {error}") from error
    if parts.scheme or parts.netloc:
        return
    if parts.path and parts.path not in files:
        raise SpecError(
            f"{name}:{link.line}: links to {parts.path!r}, which the handout does not hold; "
            "correct the link, or write the whole address"
        )
    if not parts.path and parts.fragment not in anchors:
        raise SpecError(
            f"{name}:{link.line}: links to '#{parts.fragment}', but no heading has that anchor; "
            f"there are {', '.join(sorted(anchors))}"
        )


def _put_inline(picture: _Place, name: str, pictures: Mapping[str, bytes]) -> None:
    if picture.target.startswith("data:"):
        return
    kind = _PICTURES.get(PurePosixPath(picture.target).suffix.lower())
    if kind is None or picture.target not in pictures:
        raise SpecError(
            f"{name}:{picture.line}: the picture {picture.target!r} cannot be shown; give a file "
            f"of the assignment's folder, one of {', '.join(sorted(_PICTURES))}"
        )
    encoded = base64.b64encode(pictures[picture.target]).decode()
    picture.token.attrSet("src", f"data:{kind};base64,{encoded}")
