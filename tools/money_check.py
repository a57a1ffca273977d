"""Refuse floating point where money is: literals, float(), true division, float types, and their modules.

A place that must have it says so on its own line: `# money-ok: <reason>`.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
# Elsewhere in the runtimes floats are seconds; these are the places through which amounts go.
PLACES: Final = (
    "events",
    "domain",
    "chain",
    "projections",
    "connectors/money.py",
    "connectors/ports.py",
    "connectors/poller/nearness.py",
    "connectors/poller/pages.py",
    "connectors/tiktok",
    "headgate/meters.py",
    "simulator/world",
)
# Decimals are no floats, yet they bring rounding contexts and a second form of money beside the integer one.
BANNED_MODULES: Final = frozenset({"decimal", "fractions", "statistics", "cmath", "numpy", "pandas"})
WHOLE_MATH: Final = frozenset({"comb", "factorial", "gcd", "isqrt", "lcm", "perm"})
DIVIDING_FUNCTIONS: Final = frozenset({"truediv", "itruediv"})

_MARK: Final = re.compile(r"#\s*money-ok\b:?\s*(.*)")


class Finding(NamedTuple):
    """A place where a cent could get lost."""

    file: Path
    line: int
    what: str


def main(arguments: list[str] | None = None) -> int:
    """Check the folders given, or those where money is; the exit code is 1 when there is a finding."""
    parser = argparse.ArgumentParser(prog="python -m tools.money_check", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", type=Path, help="files or folders instead of those where money is"
    )
    paths = parser.parse_args(arguments).paths or [ROOT / name for name in PLACES if (ROOT / name).exists()]
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    findings = [finding for file in files for finding in check(file)]
    for finding in findings:
        sys.stderr.write(f"{finding.file}:{finding.line}: {finding.what}\n")
    sys.stdout.write(f"money check: {len(files)} files, {len(findings)} findings\n")
    # Having looked at nothing is no proof of anything.
    return 1 if findings or not files else 0


def check(file: Path) -> list[Finding]:
    """Give what is wrong in one file, permissions without reason or use included."""
    source = file.read_text("utf-8")
    permits = _permits(source)
    used: set[int] = set()
    findings = []
    for line, last_line, what in _suspects(ast.parse(source, str(file))):
        permit = line if line in permits else last_line
        if permit in permits:
            used.add(permit)
        else:
            findings.append(Finding(file, line, f"{what}; money is integers (or say `# money-ok: reason`)"))
    for line, reason in permits.items():
        if not reason:
            findings.append(Finding(file, line, "`money-ok` without a reason"))
        elif line not in used:
            findings.append(Finding(file, line, "`money-ok` where nothing needs it"))
    return sorted(set(findings))


def _permits(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = (token for token in tokens if token.type == tokenize.COMMENT)
    found = ((token.start[0], _MARK.search(token.string)) for token in comments)
    return {line: match[1].strip() for line, match in found if match is not None}


def _suspects(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(tree):
        what = _what(node)
        if what is not None and isinstance(node, ast.expr | ast.stmt | ast.arg):
            yield node.lineno, node.end_lineno or node.lineno, what


def _what(node: ast.AST) -> str | None:
    return _written(node) or _named(node) or _imported(node)


def _written(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=float() | complex()):
            return f"float literal {node.value!r}"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return "true division"
        case ast.arg(annotation=ast.Constant(value=str(text))) if re.search(r"\bfloat\b", text):
            return "the float type"
        case ast.AnnAssign(annotation=ast.Constant(value=str(text))) if re.search(r"\bfloat\b", text):
            return "the float type"
        case _:
            return None


def _named(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id="float" | "complex") | ast.Attribute(attr="float"):
            return "the float type"
        case ast.Attribute(value=ast.Name(id="math"), attr=name) if name not in WHOLE_MATH:
            return f"math.{name}"
        case ast.Attribute(attr=name) if name in DIVIDING_FUNCTIONS:
            return name
        case _:
            return None


def _imported(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names):
            return _imports([alias.name for alias in names])
        case ast.ImportFrom(module=str(module), names=names):
            return _imports_from(module, [alias.name for alias in names])
        case _:
            return None


def _imports(modules: list[str]) -> str | None:
    banned = [module for module in modules if module.partition(".")[0] in BANNED_MODULES]
    return f"import of {', '.join(banned)}" if banned else None


def _imports_from(module: str, names: list[str]) -> str | None:
    if module.partition(".")[0] in BANNED_MODULES:
        return f"import of {module}"
    allowed = WHOLE_MATH if module == "math" else None
    banned = [
        name
        for name in names
        if (allowed is not None and name not in allowed)
        or (module == "operator" and name in DIVIDING_FUNCTIONS)
    ]
    return f"import of {module}.{banned[0]}" if banned else None


if __name__ == "__main__":
    sys.exit(main())
