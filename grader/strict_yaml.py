"""YAML as people should write it: what is ambiguous or dangerous is refused, with its line.

Owns how a text becomes plain data. Knows no assignment.
"""

import re
from typing import Any

import yaml

from grader.errors import SpecError


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key that stands twice in one mapping, and all aliases.

    An alias of aliases of aliases is a few lines that stand for gigabytes.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            alias: Any = self.peek_event()  # type: ignore[no-untyped-call]  # untyped there
            raise yaml.composer.ComposerError(
                None,
                None,
                f"*{alias.anchor} stands for another value; write it out",
                alias.start_mark,
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here a second time", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text: str, name: str) -> Any:
    """Return the plain data of one YAML document; raises SpecError with file and line."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        raise SpecError(f"{name}: is not YAML: {str(error).splitlines()[0]}") from error
    try:
        return loader.get_single_data()
    except RecursionError as error:
        raise SpecError(f"{name}: is not YAML that can be read: it is nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SpecError(f"{name}:{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise SpecError(f"{name}: is not YAML: {str(error).splitlines()[0]}") from error
    finally:
        loader.dispose()


def line_of(where: str, text: str) -> int:
    """Return the line, from 1, at which the value of a ``$.path``, or its parent, stands."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for step in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", where):
        name, index = step
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == name]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and index.isdigit():
            node = node.value[int(index)]
            line = node.start_mark.line + 1
    return line
