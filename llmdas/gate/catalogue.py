"""Every rule that is checked in code: its title, why it exists, how to mend. Pattern rules say so in their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule.

    Attributes:
        title: what is wrong, a few words.
        why: why it is refused, one sentence.
        remedy: how to mend it where the check knows nothing better, one sentence.
    """

    title: str
    why: str
    remedy: str


CATALOGUE: Mapping[str, Entry] = {
    "DAS001": Entry(
        "source too large",
        "A program is one small function; large sources hide things and cost time.",
        "Write a shorter program.",
    ),
    "DAS002": Entry(
        "not UTF-8",
        "Bytes that decode in more than one way are read differently by people and by Python.",
        "Send plain UTF-8 text.",
    ),
    "DAS003": Entry(
        "byte order mark",
        "A mark in front of the text is invisible and changes how it is read.",
        "Send plain UTF-8 text without a byte order mark.",
    ),
    "DAS004": Entry(
        "control character",
        "Control characters, a bare carriage return among them, make code look other than it is.",
        "Use only line feeds and spaces between characters.",
    ),
    "DAS005": Entry(
        "invisible character",
        "Bidirectional, zero-width and other invisible characters make code look other than it is (CVE-2021-42574).",
        "Remove the invisible character.",
    ),
    "DAS006": Entry(
        "name is not ASCII",
        "Python normalises names (PEP 3131), so letters that only look alike can spell another name.",
        "Spell names with ASCII letters, digits and underscores.",
    ),
    "DAS007": Entry(
        "encoding declaration",
        "A declared encoding can make Python read other code than people see (PEP 263).",
        "Delete the encoding declaration.",
    ),
    "DAS008": Entry(
        "line too long", "Code far to the right is not seen in review.", "Break the line into shorter ones."
    ),
    "DAS009": Entry(
        "suppression comment",
        "A program must not switch off its own checks.",
        "Delete the comment; mend what it would silence.",
    ),
    "DAS010": Entry(
        "does not parse", "Only code that Python can parse can be judged.", "Mend the syntax; send the whole program."
    ),
    "DAS011": Entry(
        "too much code", "A program is one small function; much code cannot be reviewed.", "Write a shorter program."
    ),
    "DAS012": Entry(
        "nested too deep",
        "Deep nesting exhausts parsers and readers.",
        "Split the expression or block into simpler steps.",
    ),
    "DAS013": Entry(
        "literal too large",
        "Large literals carry data or code into a program that should compute from its arguments.",
        "Compute the value from the arguments.",
    ),
    "DAS014": Entry(
        "more findings", "Only the first findings are listed.", "Mend the listed findings first, then look again."
    ),
    "DAS020": Entry(
        "waiver expired",
        "Whoever answers for a finding does so until a date; after it the finding counts again.",
        "Mend the program, or have the owner renew the waiver; then delete or update the entry.",
    ),
    "DAS021": Entry(
        "waiver without effect",
        "An entry that waives nothing hides that its program was changed, mended or deleted.",
        "Delete the entry, or give the digest of the program that is meant.",
    ),
    "DAS101": Entry(
        "function missing",
        "The function of the interface is what is called.",
        "Define the function with `def` at module level under exactly this name.",
    ),
    "DAS102": Entry(
        "function defined twice",
        "Of two definitions only the last counts, and a reader may take the first.",
        "Keep one definition.",
    ),
    "DAS103": Entry(
        "wrong parameters",
        "The function is called with the interface's arguments in order.",
        "Use exactly the parameters of the interface, in order.",
    ),
    "DAS104": Entry(
        "wrong kind of parameter",
        "Defaults run when the function is defined, and other kinds of parameter are not filled by the call.",
        "Use plain parameters without defaults, `*`, `/`, `*args` or `**kwargs`.",
    ),
    "DAS105": Entry(
        "not a plain function",
        "A coroutine or a generator returns something to be run, not an array.",
        "Write a plain `def` that returns the array.",
    ),
    "DAS106": Entry(
        "decorated function",
        "A decorator replaces the function by something else.",
        "Remove the decorator.",
    ),
    "DAS107": Entry(
        "function bound to a value",
        "The interface's function must be readable as one definition.",
        "Define it with `def`, not by assignment, lambda or import.",
    ),
    "DAS108": Entry(
        "a path returns nothing",
        "Every way through the function must return the array.",
        "Return the array at the end of every branch.",
    ),
    "DAS109": Entry(
        "returns a constant or an argument",
        "A constant does not depend on the arguments, an argument holds no new rows; neither is the array asked for.",
        "Return the array of rows that was computed.",
    ),
    "DAS110": Entry(
        "returns several values",
        "The interface returns one array, nothing beside it.",
        "Return the array of rows alone.",
    ),
    "DAS111": Entry(
        "code that runs at import",
        "At module level nothing may run; the function is called with its arguments later.",
        "Delete it, example calls and prints included, or move what is needed into the function.",
    ),
    "DAS112": Entry(
        "module-level value that is not a constant",
        "At module level only constants may be bound; anything else runs before the call.",
        "Delete it, example calls included, or move what is needed into the function.",
    ),
    "DAS201": Entry(
        "module not permitted",
        "A module brings everything that it imports; only those without files, processes and network are permitted.",
        "Use numpy and the permitted parts of the standard library only.",
    ),
    "DAS202": Entry(
        "name not permitted in module",
        "numpy is a file and native-code interface; only the listed names exist.",
        "Use one of the permitted names of the module.",
    ),
    "DAS203": Entry(
        "builtin not permitted",
        "Builtins reach code, files and the inside of objects; only the listed ones exist.",
        "Do without it.",
    ),
    "DAS204": Entry(
        "name not defined",
        "The name is bound nowhere that this place can see, so the program would fail here.",
        "Define the name before it is used, or use an argument of the function.",
    ),
    "DAS205": Entry(
        "attribute not permitted",
        "Attributes lead from any object to the inside of Python; only the listed names exist.",
        "Use a permitted attribute or a numpy function.",
    ),
    "DAS206": Entry(
        "the model offers no such method",
        "A program sees the detector through its symbolic interface alone.",
        "Use only what the interface offers.",
    ),
    "DAS207": Entry(
        "the generator has no such method",
        "numpy.random.Generator is not the old numpy.random module.",
        "Use a method of numpy.random.Generator.",
    ),
    "DAS208": Entry(
        "internal name",
        "Names with a leading underscore, attributes above all, lead to the inside of Python, a model and guards.",
        "Do without it; use a public attribute.",
    ),
    "DAS209": Entry(
        "syntax not permitted",
        "Only the listed parts of Python's syntax have been judged harmless.",
        "Write it with plain functions, loops and expressions.",
    ),
    "DAS210": Entry(
        "keyword not permitted",
        "The keyword opens files, runs code or reinterprets memory.",
        "Call the function without this keyword.",
    ),
    "DAS211": Entry(
        "name bound again",
        "A name that stands for a module or a guard must mean one thing throughout the program.",
        "Choose another name.",
    ),
    "DAS212": Entry(
        "attribute written",
        "Writing an attribute can change numpy, the model or the flags of an array for everybody.",
        "Make a new value instead of changing an attribute.",
    ),
    "DAS213": Entry(
        "module used as a value",
        "A module that is passed around cannot be followed.",
        "Use the module's functions directly, as in `np.mean(x)`.",
    ),
    "DAS214": Entry(
        "import that hides names",
        "Star and relative imports do not say which names they bring.",
        "Import the module, or name what is imported.",
    ),
    "DAS215": Entry(
        "attribute name computed",
        "A name that is computed at run time cannot be judged before.",
        "Write the attribute directly, as in `x.mean()`.",
    ),
    "DAS216": Entry(
        "class or constructor used as a value",
        "A class that is passed around can be called where no check sees it; the class of arrays reads any memory.",
        "Make arrays with `np.array`, `np.zeros` or `np.empty`; keep the class for annotations and isinstance.",
    ),
    "DAS217": Entry(
        "text as an index of np.r_",
        "numpy takes text in np.r_, np.c_ and np.s_ as a directive or as names to look up in the caller.",
        "Use `np.concatenate`, `np.stack` or `np.column_stack`.",
    ),
    "DAS301": Entry(
        "name refused by the compiler",
        "The restricted compiler keeps these names for its guards.",
        "Choose another name.",
    ),
    "DAS302": Entry(
        "attribute refused by the compiler",
        "The restricted compiler refuses attributes that lead to frames, code and the inside of objects.",
        "Do without this attribute.",
    ),
    "DAS303": Entry(
        "statement refused by the compiler",
        "The restricted compiler has no guard for this statement.",
        "Write it with plain functions, loops and expressions.",
    ),
    "DAS304": Entry(
        "call refused by the compiler", "The restricted compiler refuses calls that run text.", "Do without this call."
    ),
    "DAS305": Entry(
        "import refused by the compiler",
        "The restricted compiler cannot guard this import.",
        "Import the module by its name.",
    ),
    "DAS306": Entry(
        "bytes refused by the compiler",
        "Methods and operators of bytes read the memory of arrays.",
        "Use text, lists of numbers or arrays.",
    ),
    "DAS309": Entry(
        "refused by the compiler",
        "The restricted compiler refused this place; the guest would refuse it as well.",
        "Write this place more simply.",
    ),
    "DAS310": Entry(
        "does not compile",
        "Code that parses can still be wrong, as a `return` outside a function is.",
        "Mend the place that is named.",
    ),
    "DAS901": Entry(
        "the checker failed",
        "A checker that fails has not judged the program, so the program is refused.",
        "Write the program more simply; if it stays so, report it.",
    ),
    "DAS902": Entry(
        "the checker took too long",
        "A checker that is stopped has not judged the program, so the program is refused.",
        "Write a shorter or simpler program.",
    ),
    "DAS903": Entry(
        "the checker ran out of memory",
        "A checker that is stopped has not judged the program, so the program is refused.",
        "Write a shorter or simpler program.",
    ),
    "DAS904": Entry(
        "the checker's answer is not valid",
        "An answer that is not exactly of the expected form is no verdict, so the program is refused.",
        "Write the program more simply; if it stays so, report it.",
    ),
}


def catalogue() -> dict[str, Entry]:
    """Return every rule by id, in order: those checked in code and the pattern rules that ship.

    Raises:
        ResourceError: a rule file does not load.
    """
    from llmdas.gate.rules import load_rules

    patterns = {rule.metadata.id: Entry(rule.metadata.title, rule.note, rule.metadata.remedy) for rule in load_rules()}
    return dict(sorted({**CATALOGUE, **patterns}.items()))
