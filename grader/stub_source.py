"""A reference module as text, tree and names: what the stub generator reads.

Owns how a module is parsed, where its parts stand and what they are called, and the
errors that point into it. Decides nothing about what students may see.
"""

import ast
import builtins
import io
import tokenize
from collections.abc import Iterator

from grader.errors import SpecError

Import = ast.Import | ast.ImportFrom
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

GONE = "\0"
"""Stands for a line that was only a comment."""


class Source:
    """The text, tree and names of a module, and the errors that point into it."""

    def __init__(self, text: str, filename: str, provided: frozenset[str]) -> None:
        self._filename, self._provided = filename, provided
        self.lines = text.split("\n")
        self.tree = self._parse(text)
        self.bound = {name for node in self.tree.body for name in bound(node)}
        shipping = {name for name in self.bound if not is_private(name)} | provided
        self.known = shipping | set(dir(builtins))
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        self.private = {token.string for token in tokens if is_private(token.string)}
        self._colons = [token.start for token in tokens if token.string == ":"]
        self._clean = self.lines.copy()
        for line, column in (token.start for token in tokens if token.type == tokenize.COMMENT):
            self._clean[line - 1] = self._clean[line - 1][:column].rstrip() or GONE

    def error(self, node: ast.AST | int, what: str) -> SpecError:
        """Return the error to raise at a node or line; ``what`` says what to do next."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return SpecError(f"{self._filename}:{line} {what}")

    def provides(self, node: ast.stmt, owner: str = "") -> bool:
        """Tell whether a statement ships whole, by itself or with its class."""
        names = [] if isinstance(node, Import | ast.If) else bound(node)
        return bool(self._provided.intersection([owner[:-1], *(owner + name for name in names)]))

    def unknown(self) -> list[str]:
        """Return the provided names that nothing here defines."""
        defined = {f"{owner}{name}" for owner, node in owned(self.tree) for name in bound(node)}
        return sorted(self._provided - defined)

    def docstring(self, node: ast.Module | Definition) -> str:
        """Return the source of a docstring; it must be there."""
        if ast.get_docstring(node) is None:
            what = f"`{node.name}`" if isinstance(node, Definition) else "the module"
            raise self.error(node, f"{what} has no docstring; write what students must know")
        return self.text(node.body[0])

    def text(self, node: ast.stmt) -> str:
        """Return the source of a statement without its comments."""
        segment = ast.get_source_segment("\n".join(self._clean), node) or ""
        return segment.replace(f"{GONE}\n", "")

    def verbatim(self, node: ast.stmt) -> str:
        """Return the source of a statement: whole lines, decorators and comments included."""
        return "\n".join(self.lines[first_line(node) - 1 : node.end_lineno])

    def signature(self, node: Definition) -> str:
        """Return the lines from the first decorator to the colon before the body."""
        body = node.body[0]
        before = self.lines[body.lineno - 1].encode()[: body.col_offset].decode()
        end = max(colon for colon in self._colons if colon < (first_line(body), len(before)))
        lines = self._clean[first_line(node) - 1 : end[0]]
        lines[-1] = lines[-1][: end[1] + 1]
        return "\n".join(line for line in lines if line != GONE)

    def _parse(self, text: str) -> ast.Module:
        """Return the tree, in which the types that annotations quote are not quoted."""
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


def first_line(node: ast.stmt) -> int:
    """Return the line at which a statement starts, decorators included."""
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def is_private(name: str) -> bool:
    """Tell whether a name begins with an underscore and is no dunder."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module or class binds; "?" for an odd target."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import() | ast.ImportFrom():
            return [bound_by(alias) for alias in node.names]
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            single = [t for many in targets for t in getattr(many, "elts", [many])]
            return [target.id if isinstance(target, ast.Name) else "?" for target in single]
        case ast.If():
            return [name for inner in node.body for name in bound(inner)]
    return []


def bound_by(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def owned(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield (owner, statement) of the module and of its classes."""
    for node in tree.body:
        yield "", node
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.", member) for member in node.body)
