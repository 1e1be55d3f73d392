"""From a reference module to its stub: source text to source text, by allow-list.

Owns what students see of a solution. Never imports or runs one, and never guesses: a
statement that no rule here names is a SpecError.

    task       a public function or method: its body goes      `alloc`, `__len__`
    private    one leading underscore: all of it goes          `_choose`, `_Slab`, `_GAP`
    provided   ships whole, with its comments                  {"Entry", "PageTable.entries"}
    needed     names that what ships uses, bodies apart; they
               decide which imports and constants ship         {"Iterator", "PTE_W"}
    piece      one paragraph of a stub
"""

import ast
import io
import re
import tokenize
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from grader.errors import SpecError

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef
_Assignment = ast.Assign | ast.AnnAssign
_Import = ast.Import | ast.ImportFrom

_METHOD_DECORATORS = {"property", "staticmethod", "classmethod", "abstractmethod"}
_CONSTANT = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.Tuple)
_PRIVATE = re.compile(r"(?<!\w)_\w+")
_GONE = "\0"  # stands where a line had only a comment


def stub_text(
    source: str, filename: str, provided: frozenset[str] = frozenset(), *, script: bool = False
) -> str:
    """Return the stub of a reference module; of a script, its docstring alone.

    SpecError: no rule says what becomes of some statement, or something would leak.
    """
    module = _Source(source, filename, provided)
    if script:
        return _docstring(module, module.tree) + "\n"
    stub = _layout(module, list(_pieces(module)), around_definitions=2) + "\n"
    _guard(module, _Source(stub, filename, provided))
    return stub


def write_stubs(
    reference_dir: Path,
    stub_dir: Path,
    names: Sequence[str],
    provided: Mapping[str, Sequence[str]],
    *,
    scripts: Sequence[str] = (),
) -> list[Path]:
    """Write the stubs whose text differs from what is there, and return their paths.

    ``names`` are file names, such as ``holes.py``; ``provided`` and ``scripts`` refer to them.
    """
    changed = []
    for name, text in _generated(reference_dir, names, provided, scripts).items():
        path = stub_dir / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def stale_stubs(
    reference_dir: Path,
    stub_dir: Path,
    names: Sequence[str],
    provided: Mapping[str, Sequence[str]],
    *,
    scripts: Sequence[str] = (),
) -> list[str]:
    """Return one sentence for each stub that is missing, differs, or is left over."""
    found = []
    for name, text in _generated(reference_dir, names, provided, scripts).items():
        path = stub_dir / name
        if not path.is_file():
            found.append(f"{path} is missing; run `grader stubs`.")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{path} differs from its reference; run `grader stubs`.")
    for path in sorted(stub_dir.rglob("*.py")):
        if path.relative_to(stub_dir).as_posix() not in names:
            found.append(f"{path} is left over, no stub has this name; delete it.")
    return found


def _generated(
    reference_dir: Path,
    names: Sequence[str],
    provided: Mapping[str, Sequence[str]],
    scripts: Sequence[str],
) -> dict[str, str]:
    """Return the text of every stub by file name."""
    for name in [*provided, *scripts]:
        if name not in names:
            raise SpecError(f"{reference_dir / name}:1 is no stub; list it as one")
    texts = {}
    for name in names:
        path = reference_dir / name
        if _is_private(path.stem):
            raise SpecError(f"{path}:1 is a private module; rename it, or do not list it")
        if not path.is_file():
            raise SpecError(f"{path}:1 does not exist; write it, or correct the name")
        source, whole = path.read_text(encoding="utf-8"), frozenset(provided.get(name, ()))
        texts[name] = stub_text(source, str(path), whole, script=name in scripts)
    return texts


# --- the source ---------------------------------------------------------------


class _Source:
    """The text and the tree of a module, and the errors that point into them."""

    def __init__(self, text: str, filename: str, provided: frozenset[str]) -> None:
        self._filename, self.provided = filename, provided
        self.lines = text.split("\n")
        self.tree = self._parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        self._colons = [token.start for token in tokens if token.string == ":"]
        clean = self.lines.copy()
        for line, column in (token.start for token in tokens if token.type == tokenize.COMMENT):
            clean[line - 1] = clean[line - 1][:column].rstrip() or _GONE
        self._clean = "\n".join(clean)

    def error(self, node: ast.AST | int, what: str) -> SpecError:
        """Return the error to raise; ``what`` goes on after ``file:line``."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return SpecError(f"{self._filename}:{line} {what}")

    def text(self, node: ast.stmt) -> str:
        """Return the source of a statement without its comments."""
        return (ast.get_source_segment(self._clean, node) or "").replace(f"{_GONE}\n", "")

    def verbatim(self, node: ast.stmt) -> str:
        """Return the source of a statement: whole lines, decorators and comments included."""
        return "\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])

    def signature(self, node: _Definition) -> str:
        """Return the lines from the first decorator to the colon before the body."""
        body = node.body[0]
        before = self.lines[body.lineno - 1].encode()[: body.col_offset].decode()
        start = (_first_line(body), len(before))
        line, column = max(colon for colon in self._colons if colon < start)
        lines = self._clean.split("\n")[_first_line(node) - 1 : line]
        lines[-1] = lines[-1][: column + 1]
        return "\n".join(lines).replace(f"{_GONE}\n", "")

    def _parse(self, text: str) -> ast.Module:
        """Return the tree, with the types in place that annotations quote."""
        try:
            tree = ast.parse(text)
            for node in ast.walk(tree):
                for field in ("annotation", "returns"):
                    if isinstance(quoted := getattr(node, field, None), ast.expr):
                        setattr(node, field, _Unquote().visit(quoted))
        except SyntaxError as why:
            raise self.error(why.lineno or 1, f"is not Python: {why.msg}; correct it") from None
        return tree


class _Unquote(ast.NodeTransformer):
    """Replaces the quoted parts of an annotation by the types that they name."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Leave ``Literal["r"]`` alone: it quotes a value."""
        return node if ast.unparse(node.value).endswith("Literal") else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Parse a quoted type."""
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def _is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module or class binds."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import() | ast.ImportFrom():
            return [_bound_by(alias) for alias in node.names]
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return [name.id for t in targets for name in ast.walk(t) if isinstance(name, ast.Name)]
        case ast.If():
            return [name for inner in node.body for name in _bound(inner)]
    return []


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


# --- what ships ---------------------------------------------------------------


class _Piece(NamedTuple):
    kind: str
    text: str
    first: int
    last: int
