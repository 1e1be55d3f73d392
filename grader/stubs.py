"""From a reference module to its stub: source text to source text, by allow-list.

Owns what students see of a solution. Never imports or runs one, and never guesses: a
statement that no rule here names is a SpecError.

    task       a public function or method: its body goes      `alloc`, `__len__`
    private    one leading underscore: all of it goes          `_choose`, `_Slab`, `_GAP`
    provided   ships whole, with its comments                  {"Entry", "PageTable.entries"}
    kept       the statements of a stub, cut down to what may
               be seen; the text is made from them alone
    needed     names that what is kept uses: they decide
               which imports and constants stay                {"Iterator", "PTE_W"}
    owner      what goes before a name                         "", in a class "PageTable."
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path

from grader.errors import SpecError
from grader.stub_source import (
    Definition,
    Import,
    Source,
    bound,
    bound_by,
    first_line,
    is_private,
    owned,
)

_Assignment = ast.Assign | ast.AnnAssign
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Names = Sequence[str]
_Provided = Mapping[str, _Names]  # by file name

_DECORATORS = {"property", "staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod"}
_ACCESSORS = {"setter", "deleter"}
_CLASS_DECORATORS = {"dataclass", "dataclasses.dataclass"}
_TYPE_CHECKING = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
_LITERAL = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.Tuple)
_LITERAL_SYNTAX = (ast.operator, ast.unaryop, ast.expr_context)
_BODY = "raise NotImplementedError"
_WIDTH = 100


def stub_text(
    source: str, filename: str, provided: frozenset[str] = frozenset(), *, script: bool = False
) -> str:
    """Return the stub of a reference module; of a script, its docstring alone.

    SpecError: no rule says what becomes of a statement, or the stub would show too much.
    """
    module = Source(source, filename, provided)
    if script:
        text = module.docstring(module.tree) + "\n"
        _refuse_private(module, text)
        return text
    hidden = _hidden_words(module)
    kept = _kept(module)
    text = _layout(module, kept) + "\n"
    _refuse_private(module, text)
    _refuse_leaks(module, kept, hidden, Source(text, filename, provided))
    return text


def write_stubs(
    reference_dir: Path, stub_dir: Path, names: _Names, provided: _Provided, *, scripts: _Names = ()
) -> list[Path]:
    """Write the stubs whose text differs from what is there, and return their paths.

    ``names`` are file names, such as ``holes.py``; ``provided`` and ``scripts`` refer to them.
    """
    changed = []
    for name, text in _texts(reference_dir, names, provided, scripts):
        path = stub_dir / name
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def stale_stubs(
    reference_dir: Path, stub_dir: Path, names: _Names, provided: _Provided, *, scripts: _Names = ()
) -> list[str]:
    """Return one sentence for each stub that is missing, differs, or is left over."""
    found = []
    for name, text in _texts(reference_dir, names, provided, scripts):
        written = _read(stub_dir / name)
        if written != text:
            what = "is missing" if written is None else "differs from its reference"
            found.append(f"{stub_dir / name} {what}; run `grader stubs`.")
    present = sorted(path.relative_to(stub_dir).as_posix() for path in stub_dir.rglob("*.py"))
    left_over = [stub_dir / name for name in present if name not in names]
    return found + [f"{path} is left over; delete it, or list it as a stub." for path in left_over]


def _texts(
    reference_dir: Path, names: _Names, provided: _Provided, scripts: _Names
) -> list[tuple[str, str]]:
    """Return (file name, text) of every stub; all of them can be made, or none is."""
    for name in [*provided, *scripts]:
        if name not in names:
            raise SpecError(f"{reference_dir / name}:1 is not listed as a stub; list it, too")
    texts = []
    for name in names:
        path = reference_dir / name
        source = _read(path)
        if is_private(path.stem):
            raise SpecError(f"{path}:1 is private, so it cannot ship; rename it or do not list it")
        if source is None:
            raise SpecError(f"{path}:1 does not exist; write it, or correct the name")
        whole = frozenset(provided.get(name, ()))
        texts.append((name, stub_text(source, str(path), whole, script=name in scripts)))
    return texts


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _kept(module: Source) -> list[ast.stmt]:
    """Cut the tree down, in place, to the statements of the stub, and return them."""
    module.docstring(module.tree)
    for name in module.unknown():
        raise module.error(1, f"does not define `{name}`; correct what is listed as provided")
    doc, *rest = module.tree.body
    kept = [node for node in rest if _ships(module, node)]
    needed = _needed(module, kept)
    return [doc, *(node for node in kept if _stays(module, node, needed))]


def _ships(module: Source, node: ast.stmt, owner: str = "") -> bool:
    """Tell whether a statement may ship, and cut it down to what may be seen of it."""
    names = bound(node)
    if module.provides(node, owner):
        return True
    if _is_dropped(node):
        return False
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _cut_function(module, node)
        case ast.ClassDef() if not owner:
            _cut_class(module, node)
        case ast.Import() | ast.ImportFrom() if not owner and "*" not in names:
            pass
        case ast.If() if not owner and _is_for_types(node):
            pass
        case ast.Assign() | ast.AnnAssign() if not owner and all(map(_is_constant, names)):
            pass
        case ast.AnnAssign(target=ast.Name()) if owner and _is_literal(node.value):
            pass
        case _:
            what = f"`{module.lines[node.lineno - 1].strip()}` fits no rule"
            raise module.error(node, f"{what}; drop it, or make it private or provided")
    return True


def _is_dropped(node: ast.stmt) -> bool:
    return not isinstance(node, Import | ast.If) and all(map(is_private, bound(node) or "?"))


def _is_constant(name: str) -> bool:
    return name.isupper() and not is_private(name)


def _is_literal(value: ast.expr | None) -> bool:
    parts = ast.walk(value) if value else ()
    return all(isinstance(part, (*_LITERAL, *_LITERAL_SYNTAX)) for part in parts)


def _is_for_types(node: ast.If) -> bool:
    """Tell whether a statement is ``if TYPE_CHECKING:`` over nothing but imports."""
    imports = all(isinstance(inner, Import) for inner in node.body)
    return imports and not node.orelse and ast.unparse(node.test) in _TYPE_CHECKING


def _cut_function(module: Source, node: _Function) -> None:
    allowed = _DECORATORS | {f"{node.name}.{accessor}" for accessor in _ACCESSORS}
    _refuse_decorators(module, node, allowed)
    body = ast.copy_location(ast.parse(_BODY).body[0], node.body[0])
    is_dunder = node.name.startswith("__")
    if not is_dunder or ast.get_docstring(node) is not None:
        module.docstring(node)
        node.body = [node.body[0], body]
    else:
        node.body = [body]


def _cut_class(module: Source, node: ast.ClassDef) -> None:
    _refuse_decorators(module, node, _CLASS_DECORATORS)
    module.docstring(node)
    doc, *rest = node.body
    node.body = [doc, *(member for member in rest if _ships(module, member, f"{node.name}."))]


def _refuse_decorators(module: Source, node: Definition, allowed: set[str]) -> None:
    for decorator in node.decorator_list:
        is_called = isinstance(node, ast.ClassDef) and isinstance(decorator, ast.Call)
        name = ast.unparse(decorator).partition("(" if is_called else "\n")[0]
        if name not in allowed:
            raise module.error(decorator, f"@{name} is not known to be safe; provide it whole")


def _needed(module: Source, kept: list[ast.stmt]) -> set[str]:
    """Return the names that definitions use, and those that needed constants use."""
    needed: set[str] = set()
    for node in kept:
        if isinstance(node, Definition) or module.provides(node):
            needed |= _used(module, node)
    for node in reversed(kept):
        if isinstance(node, _Assignment) and needed.intersection(bound(node)):
            needed |= _used(module, node)
    for node in kept:
        if isinstance(node, ast.If) and needed.intersection(bound(node)):
            needed |= _loaded([node.test])
    return needed


def _used(module: Source, node: ast.stmt, owner: str = "") -> set[str]:
    """Return the names that a kept statement uses; each must be one that ships."""
    if module.provides(node, owner):
        used = _loaded([node]) & module.bound
    else:
        parts = [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.stmt)]
        parts = [part for part in parts if getattr(part, "attr", "") not in _ACCESSORS]
        used = _loaded(parts)
        _refuse_task_calls(module, parts)
        if isinstance(node, ast.ClassDef):
            used = used.union(*(_used(module, inner, f"{node.name}.") for inner in node.body))
    for name in sorted(used - module.known):
        raise module.error(node, f"uses `{name}`, which does not ship; make it public or provided")
    return used


def _loaded(nodes: Iterable[ast.AST]) -> set[str]:
    names = (part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def _refuse_task_calls(module: Source, parts: Iterable[ast.AST]) -> None:
    """Refuse what would raise NotImplementedError as soon as the stub is imported."""
    tasks = {
        node.name
        for node in module.tree.body
        if isinstance(node, Definition) and not module.provides(node)
    }
    for part in (part for whole in parts for part in ast.walk(whole)):
        if isinstance(part, ast.Call) and _loaded([part.func]) & tasks:
            what = f"calls the task `{ast.unparse(part.func)}` when the stub is imported"
            raise module.error(part, f"{what}; provide the task whole")


def _stays(module: Source, node: ast.stmt, needed: set[str]) -> bool:
    """Tell whether a statement is needed, and cut an import down to the names that are."""
    match node:
        case ast.ImportFrom(module="__future__"):
            return True
        case ast.Import() | ast.ImportFrom():
            node.names = [alias for alias in node.names if bound_by(alias) in needed]
            return bool(node.names)
        case ast.If():
            node.body = [inner for inner in node.body if _stays(module, inner, needed)]
            return bool(node.body)
        case ast.Assign() | ast.AnnAssign():
            return module.provides(node) or bool(needed.intersection(bound(node)))
    return True


def _layout(module: Source, nodes: Sequence[ast.stmt], owner: str = "") -> str:
    """Return statements in order, with the blank lines that PEP 8 or their author wants."""
    text = _text(module, nodes[0], owner)
    for above, below in pairwise(nodes):
        between = module.lines[above.end_lineno or 0 : first_line(below) - 1]
        gap = 1 if any(not line.strip() for line in between) else 0
        if isinstance(above, Definition) or isinstance(below, Definition):
            gap = 1 if owner else 2
        text += "\n" * (gap + 1) + _text(module, below, owner)
    return text


def _text(module: Source, node: ast.stmt, owner: str) -> str:
    indent = "    " if owner else ""
    if module.provides(node, owner):
        return module.verbatim(node)
    match node:
        case ast.ClassDef():
            return f"{module.signature(node)}\n{_layout(module, node.body, f'{node.name}.')}"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            body = [*(module.text(doc) for doc in node.body[:-1]), _BODY]
            return "\n".join([module.signature(node), *(f"{indent}    {line}" for line in body)])
        case ast.Import() | ast.ImportFrom():
            return _import_text(node, "")
        case ast.If():
            inner = [_import_text(line, "    ") for line in node.body if isinstance(line, Import)]
            return "\n".join([f"if {ast.unparse(node.test)}:", *inner])
    return indent + module.text(node)


def _import_text(node: Import, indent: str) -> str:
    """Return an import as isort writes it: on one line, or one name a line."""
    line = indent + ast.unparse(node)
    if len(line) <= _WIDTH or isinstance(node, ast.Import):
        return line
    names = "".join(f"{indent}    {ast.unparse(alias)},\n" for alias in node.names)
    return f"{line.partition(' import ')[0]} import (\n{names}{indent})"


def _hidden_words(module: Source) -> set[str]:
    """Return identifiers and string literals that only code which does not ship contains."""
    roots: list[ast.stmt] = []
    for owner, node in owned(module.tree):
        if module.provides(node, owner):
            continue
        if isinstance(node, _Function):
            roots += node.body[ast.get_docstring(node) is not None :]
        if _is_dropped(node):
            roots.append(node)
    hidden = {id(part) for root in roots for part in ast.walk(root)}
    parts = list(ast.walk(module.tree))
    shown = _words(part for part in parts if id(part) not in hidden) | {"NotImplementedError"}
    return _words(part for part in parts if id(part) in hidden) - shown


def _words(parts: Iterable[ast.AST]) -> set[str]:
    """Return the identifiers and string literals of nodes; an import alone is no use of a name."""
    texts = (part for part in parts if not isinstance(part, Import | ast.alias))
    fields = (value for part in texts for _, value in ast.iter_fields(part))
    values = (item for value in fields for item in (value if isinstance(value, list) else [value]))
    return {value for value in values if isinstance(value, str)}


def _refuse_private(module: Source, text: str) -> None:
    """Refuse a stub in which a private name can be read, be it in a docstring or an import."""
    given = (node for owner, node in owned(module.tree) if module.provides(node, owner))
    secret = module.private - _words(part for node in given for part in ast.walk(node))
    for line in text.split("\n"):
        for word in secret.intersection(re.findall(r"(?<!\w)_\w+", line)):
            same = [n for n, source in enumerate(module.lines, 1) if source == line]
            near = [n for n, source in enumerate(module.lines, 1) if word in source]
            what = f"would show the private name `{word}`; say it without, or make it public"
            raise module.error([*same, *near][0], what)


def _refuse_leaks(module: Source, kept: Sequence[ast.stmt], hidden: set[str], stub: Source) -> None:
    """Read the stub again: it must say what was kept, and no word that was not."""
    for ours, theirs in zip_longest(kept, stub.tree.body, fillvalue=ast.Pass()):
        if ast.dump(ours) != ast.dump(theirs):
            what = "is not the same in the stub; put each statement on lines of its own"
            raise module.error(getattr(ours, "lineno", kept[-1].lineno), what)
    for word in sorted(hidden & (_words(ast.walk(stub.tree)) | stub.bound)):
        raise module.error(1, f"would ship `{word}`, which only hidden code contains; report this")
