"""A second opinion on accepted programs, written without a look at the gate's own checks: plain walks over `ast`.

It shares nothing with `llmdas.gate` but the lists of the policy, and part of what it knows it spells out itself, so
that a list loosened by mistake shows. It knows less than the gate and says nothing of the interface's finer points;
whatever it objects to in a program that the gate accepted is a bug in one of the two. Nothing here runs a program.
"""

from __future__ import annotations

import ast
import symtable
import unicodedata
import warnings
from collections.abc import Iterable, Iterator

from llmdas.gate.terms import Terms


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Spelled out on purpose: no permit in any policy makes these harmless for a numpy program.
NEVER_NAMES = _words(
    """__import__ __build_class__ __builtins__ __loader__ __spec__ breakpoint bytearray bytes classmethod compile
    copyright credits delattr dir eval exec exit format globals help id input license locals memoryview object open
    property quit setattr staticmethod super type vars BaseException GeneratorExit KeyboardInterrupt SystemExit"""
)
NEVER_ATTRIBUTES = _words(
    """DataSource add_note args base bit_generator byteswap co_code cr_frame ctypes ctypeslib data dump dumps encode
    f2py f_back f_globals format format_map fromfile func genfromtxt getfield gi_code gi_frame itemset keywords lib load
    loadtxt memmap mro newbyteorder obj open_memmap recarray recfromtxt runstring save savetxt savez setfield setflags
    spawn system tb_frame testing tobytes tofile tostring translate view with_traceback"""
)
NEVER_KEYWORDS = _words("allow_pickle file fname like metaclass mmap_mode subok")
NEVER_NODES = _words(
    """AsyncFor AsyncFunctionDef AsyncWith Await ClassDef Global Match Nonlocal TemplateStr TryStar TypeAlias Yield
    YieldFrom"""
)
COMPUTED = frozenset({"getattr", "hasattr"})


def objections(source: bytes, terms: Terms) -> list[str]:
    """Return what speaks against a program, one short text each; empty for a harmless one.

    Raises:
        SyntaxError, ValueError, RecursionError: the source does not parse; only parsed programs can be accepted.
    """
    text = source.decode("utf-8", "strict")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        table = symtable.symtable(text, "program.py", "exec")
    found: list[str] = []
    for part in (_characters(text), _letters(text, tree), _imports(tree, terms), _names(tree, table, terms)):
        found.extend(part)
    for part in (_attributes(tree, terms), _calls(tree, terms), _shape(tree, terms), _at_load(tree)):
        found.extend(part)
    return found


def _characters(text: str) -> Iterator[str]:
    for character in set(text.replace("\r\n", "\n")) - {"\n", "\t"}:
        if unicodedata.category(character)[0] == "C" or unicodedata.category(character) in ("Zl", "Zp"):
            yield f"character U+{ord(character):04X}"


def _letters(text: str, tree: ast.Module) -> Iterator[str]:
    """Names must stay the same when every letter outside ASCII is replaced: then none stood in a name."""
    plain = "".join(character if character.isascii() else "Z" for character in text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            replaced = ast.parse(plain)
        except SyntaxError:
            yield "letters outside ASCII that matter to the syntax"
            return
    if _spellings(tree) != _spellings(replaced):
        yield "a name with letters outside ASCII"


def _spellings(tree: ast.AST) -> list[str]:
    return [
        value
        for node in ast.walk(tree)
        if not isinstance(node, ast.Constant)
        for _, value in ast.iter_fields(node)
        if isinstance(value, str)
    ]


def _imports(tree: ast.Module, terms: Terms) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {a.name}" for a in node.names if a.name not in terms.modules)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = terms.modules.get(module, frozenset())
            for alias in node.names:
                if node.level or (alias.name not in names and f"{module}.{alias.name}" not in terms.modules):
                    yield f"from {'.' * node.level}{module} import {alias.name}"


def _bound_at_module_level(tree: ast.Module) -> set[str]:
    """Names that really have a value once the module is loaded; a bare annotation gives none."""
    bound: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            bound.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.Assign):
            bound |= {n.id for target in statement.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            bound.add(statement.target.id)
    return bound


def _names(tree: ast.Module, table: symtable.SymbolTable, terms: Terms) -> Iterator[str]:
    bound = _bound_at_module_level(tree)
    for scope in _scopes(table):
        for symbol in scope.get_symbols():
            name = symbol.get_name()
            outside = symbol.is_global() or scope.get_type() == "module"
            unlisted = name in NEVER_NAMES or name not in terms.builtins
            if symbol.is_referenced() and outside and name not in bound and unlisted:
                yield f"name {name}"
    for node in ast.walk(tree):
        for name in _spelled(node):
            if name.startswith("__") or (name.startswith("_") and name.endswith("_") and name != "_"):
                yield f"internal name {name}"


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _spelled(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.arg | ast.keyword):
        return (node.arg or "",)
    if isinstance(node, ast.FunctionDef | ast.ExceptHandler):
        return (node.name or "",)
    return (node.asname or "",) if isinstance(node, ast.alias) else ()


def _attributes(tree: ast.Module, terms: Terms) -> Iterator[str]:
    everywhere = terms.attribute_names
    of_modules = frozenset().union(*terms.modules.values())
    children = {name.rpartition(".")[2] for name in terms.modules}
    modules = {
        alias.asname or alias.name: alias.name if alias.asname else alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr.startswith("_") or node.attr in NEVER_ATTRIBUTES:
            yield f"attribute {node.attr}"
        if not isinstance(node.ctx, ast.Load):
            yield f"written attribute {node.attr}"
        if node.attr not in everywhere | of_modules | children:
            yield f"unlisted attribute {node.attr}"
        if isinstance(node.value, ast.Name) and node.value.id in modules:
            module = modules[node.value.id]
            if node.attr not in terms.modules.get(module, ()) and f"{module}.{node.attr}" not in terms.modules:
                yield f"unlisted {module}.{node.attr}"


def _calls(tree: ast.Module, terms: Terms) -> Iterator[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in COMPUTED and id(node) not in called:
            yield f"{node.id} as a value"
        if not isinstance(node, ast.Call):
            continue
        yield from (f"keyword {word.arg}" for word in node.keywords if word.arg in NEVER_KEYWORDS)
        if isinstance(node.func, ast.Name) and node.func.id in COMPUTED:
            name = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else None
            if not isinstance(name, str) or name.startswith("_"):
                yield f"{node.func.id} of {name!r}"
            elif node.func.id == "getattr" and name in NEVER_ATTRIBUTES:
                yield f"getattr of {name!r}"


def _shape(tree: ast.Module, terms: Terms) -> Iterator[str]:
    for node in ast.walk(tree):
        kind = type(node).__name__
        if kind in NEVER_NODES or kind not in terms.syntax:
            yield f"syntax {kind}"
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield f"decorator on {node.name}"
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            yield "bytes"
    wanted = terms.interface
    heads = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == wanted.function]
    if len(heads) != 1:
        yield f"{len(heads)} functions {wanted.function}"
    elif ast.unparse(_bare(heads[0].args)) != ", ".join(wanted.parameters):
        yield "another interface"


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Return a signature without annotations; the defaults stay, so that they show."""
    plain = [ast.arg(arg=argument.arg) for argument in arguments.args]
    return ast.arguments(
        posonlyargs=arguments.posonlyargs,
        args=plain,
        vararg=arguments.vararg,
        kwonlyargs=arguments.kwonlyargs,
        kw_defaults=arguments.kw_defaults,
        kwarg=arguments.kwarg,
        defaults=arguments.defaults,
    )


def _at_load(tree: ast.Module) -> Iterator[str]:
    """Nothing may run when the module is loaded, but sums of constants and three conversions of numbers."""
    for statement in tree.body:
        kind = type(statement).__name__
        if kind not in ("FunctionDef", "Import", "ImportFrom", "Pass", "Assign", "AnnAssign", "Expr"):
            yield f"{kind} at module level"
        elif isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
            yield "an expression at module level"
        elif isinstance(statement, ast.FunctionDef):
            arguments = statement.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            types = [argument.annotation for argument in every if argument] + [statement.returns]
            yield from ("a call in a signature" for node in types if node and _runs(node, frozenset()))
            defaults = [*arguments.defaults, *arguments.kw_defaults]
            yield from ("a call in a default" for node in defaults if node and _runs(node))
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value and _runs(statement.value):
            yield "a call at module level"


def _runs(node: ast.AST, pure: frozenset[str] = frozenset({"float", "int", "finfo", "float64", "iinfo"})) -> bool:
    """Tell whether evaluating an expression calls anything but `pure` functions; what a lambda holds does not run."""
    if isinstance(node, ast.Lambda):
        return any(_runs(default, pure) for default in (*node.args.defaults, *node.args.kw_defaults) if default)
    if isinstance(node, ast.NamedExpr | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return True
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in pure:
            return True
    return any(_runs(child, pure) for child in ast.iter_child_nodes(node))
