"""The gate's first layer: what a statement must be before an engine sees any of it.

Every function below `admit` is one promise about what comes out of it. They read the syntax tree
and never the text; and the text that runs is made of the very tokens that were judged, so that a
comment, or a space that only one of two parsers takes for one, cannot carry anything past them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import Dialect, Token, TokenType, exp
from sqlglot.errors import SqlglotError

from tools.errors import Refused
from tools.sql.access import Sight
from tools.sql.dialects import DIALECTS, Allowed
from tools.sql.folding import fold
from tools.sql.resolve import Resolution, Source, suggest

_LONGEST = 50_000
_COULD_JOIN = re.compile(r"[\w$\"'`][\w$\"'`&#@]")
_OPENINGS = frozenset({TokenType.SELECT, TokenType.WITH})
_WIDTH_DIGITS = 3
_WIDE_FORMAT = re.compile(r"\*|\d{4}")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A statement that passed: its tree, names folded, the text to run, and what its names reach."""

    tree: exp.Query
    text: str
    names: Resolution

    @property
    def tables(self) -> tuple[str, ...]:
        """The stored tables that it reads, each once, in order."""
        return self.names.stored()


def admit(sql: str, *, sight: Sight) -> Admitted:
    """Let one read-only question through, or say what to change.

    Raises:
        Refused: the statement breaks one of this module's promises; the message names it.
    """
    dialect = Dialect.get_or_raise(sight.schema.dialect)
    allowed = DIALECTS[sight.schema.dialect]
    try:
        tokens = _it_is_one_statement(sql, dialect)
        tree = _it_parses_as_a_query(sql, tokens, dialect, sight)
        _every_kind_of_syntax_is_listed(tree, allowed)
        _every_function_is_listed(tree, allowed)
        _every_type_is_listed(tree, allowed)
        _every_name_is_the_whole_name(tree, allowed)
        _no_format_makes_a_huge_text(tree)
        _in_is_followed_by_a_list_or_a_query(tree)
        names = _every_name_reaches_something_open(tree, sight)
    except SqlglotError as error:
        raise Refused(f"This cannot be read as SQL: {_first_line(error)}") from error
    except RecursionError as error:
        raise Refused("The statement is nested too deeply. Write it flatter.") from error
    return Admitted(tree, _only_what_was_judged(sql, tokens, allowed), names)


def _it_is_one_statement(sql: str, dialect: Dialect) -> list[Token]:
    if len(sql) > _LONGEST:
        raise Refused(f"The statement is longer than {_LONGEST:,} characters. Shorten it.")
    if "\0" in sql or not _is_encodable(sql):
        raise Refused("The statement holds characters that no database can read. Remove them.")
    tokens = dialect.tokenize(sql)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens or tokens[0].token_type not in _OPENINGS:
        raise Refused("Only a question may be asked: start with SELECT or WITH.")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise Refused("Write exactly one statement: there is more after a semicolon.")
    return tokens


def _it_parses_as_a_query(
    sql: str, tokens: list[Token], dialect: Dialect, sight: Sight
) -> exp.Query:
    match dialect.parser().parse(tokens, sql):
        case [exp.Query() as query] if all(s.expressions for s in query.find_all(exp.Select)):
            for column in query.find_all(exp.Column):
                column.meta["written"] = column.name
            return fold(query, dialect=sight.schema.dialect)
        case _:
            raise Refused("Write exactly one SELECT that changes nothing.")


def _every_kind_of_syntax_is_listed(tree: exp.Query, allowed: Allowed) -> None:
    for node in tree.walk():
        if type(node) not in allowed.nodes:
            if isinstance(node, exp.Func):
                raise Refused(_function_refusal(node.sql_name()))
            raise Refused(f"{_spoken(node)} is not allowed here. Write a plain SELECT without it.")


def _every_function_is_listed(tree: exp.Query, allowed: Allowed) -> None:
    for node in tree.find_all(exp.Anonymous):
        in_from = isinstance(node.parent, exp.Table | exp.Lateral)
        listed = allowed.table_functions if in_from else allowed.functions
        if node.name.lower() not in listed:
            raise Refused(_function_refusal(node.name))


def _every_type_is_listed(tree: exp.Query, allowed: Allowed) -> None:
    for node in tree.find_all(exp.DataType) if allowed.types is not None else ():
        named = node.this.value if isinstance(node.this, exp.DType) else str(node.this)
        if named not in (allowed.types or ()):
            raise Refused(f"Values cannot be cast to {node.sql()!r} here. Use a plain type.")


def _every_name_is_the_whole_name(tree: exp.Query, allowed: Allowed) -> None:
    """An engine that cuts long names short would find another column than was judged."""
    for node in tree.find_all(exp.Identifier) if allowed.longest_name else ():
        if len(node.name.encode()) > (allowed.longest_name or 0):
            raise Refused(f"The name {node.name!r} is too long for the database. Shorten it.")


def _no_format_makes_a_huge_text(tree: exp.Query) -> None:
    for node in tree.find_all(exp.Pad):
        width = node.expression
        if not isinstance(width, exp.Literal) or len(width.name) > _WIDTH_DIGITS:
            raise Refused("Give lpad and rpad a literal width of three digits at most.")
    for node in tree.find_all(exp.Format, exp.Anonymous):
        is_format = isinstance(node, exp.Format) or node.name.lower() == "printf"
        if not is_format:
            continue
        pattern = node.this if isinstance(node, exp.Format) else next(iter(node.expressions), None)
        if not isinstance(pattern, exp.Literal) or _WIDE_FORMAT.search(pattern.name):
            raise Refused("Give printf a literal format, and no width of four digits or '*'.")


def _in_is_followed_by_a_list_or_a_query(tree: exp.Query) -> None:
    """`x IN name` reads the table of that name, which looks like a column in the tree."""
    if any(node.args.get("field") is not None for node in tree.find_all(exp.In)):
        raise Refused("After IN, write a list in parentheses or (SELECT …).")


def _every_name_reaches_something_open(tree: exp.Query, sight: Sight) -> Resolution:
    names = Resolution(tree, sight)
    _every_table_is_open(tree, names)
    for column in tree.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            _a_star_covers_no_denied_column(column, names)
        else:
            _a_column_is_open(column, names)
    for star in tree.find_all(exp.Star):
        if isinstance(star.parent, exp.Select):
            _a_star_covers_no_denied_column(star, names)
    for join in tree.find_all(exp.Join):
        _a_join_compares_open_columns(join, names)
    return names


def _every_table_is_open(tree: exp.Query, names: Resolution) -> None:
    """Seeing the sources refuses unknown ones; a table in no FROM has escaped that look."""
    seen = {id(table) for table in names.tables()}
    for table in tree.find_all(exp.Table):
        if id(table) not in seen:
            raise Refused(f"The table {table.sql()!r} stands where none is expected.")
        names.sources_near(table)


def _a_star_covers_no_denied_column(star: exp.Star | exp.Column, names: Resolution) -> None:
    wanted = star.table if isinstance(star, exp.Column) else ""
    covered = [s for s in names.sources_near(star) if wanted in ("", s.name)]
    if wanted and not covered:
        raise Refused(f"There is no table {wanted!r} in this FROM to take * of.")
    for source in covered:
        if source.hidden:
            open_columns = ", ".join(sorted(source.columns))
            raise Refused(f"Name the columns instead of *; {source.name} has: {open_columns}.")


def _a_column_is_open(column: exp.Column, names: Resolution) -> None:
    """The nearest query that knows the name decides, unless one on the way denies it.

    A result's alias does not shield a denied name: in a WHERE the engine prefers the column.
    """
    if not isinstance(column.this, exp.Identifier):
        raise Refused(f"Write the column {column.name!r} without single quotes.")
    for is_seen, level in names.levels(column):
        sources = [s for s in level if column.table in ("", s.name)]
        if any(column.name in source.hidden for source in sources):
            break
        if is_seen and any(source.has(column.name) for source in sources):
            return
    else:
        if not column.table and column.name in names.aliases(column):
            return
    raise Refused(_column_refusal(column, [s for _, level in names.levels(column) for s in level]))


def _a_join_compares_open_columns(join: exp.Join, names: Resolution) -> None:
    sources = names.sources_near(join)
    if join.method.upper() == "NATURAL" and any(source.hidden for source in sources):
        raise Refused("Write JOIN … ON … instead of NATURAL JOIN.")
    for key in join.args.get("using") or ():
        if any(key.name in s.hidden for s in sources) or not any(s.has(key.name) for s in sources):
            known = [name for source in sources for name in source.columns]
            raise Refused(f"There is no column {key.name!r} to join on. {suggest(key.name, known)}")


def _only_what_was_judged(sql: str, tokens: list[Token], allowed: Allowed) -> str:
    """The statement again, token by token, with a space for whatever stood between them.

    Where tokens are parted, a space also stands where nothing did, if an engine could take a word
    and what touches it for one: PostgreSQL reads `U&"x"` as a name.
    """
    return "".join(_spaced(sql, tokens, is_parted=allowed.is_respaced))


def _spaced(sql: str, tokens: list[Token], *, is_parted: bool) -> Iterator[str]:
    end = tokens[0].start
    for token in tokens:
        touching = sql[max(end - 1, 0) : end + 1]
        if token.start > end or (is_parted and _COULD_JOIN.fullmatch(touching)):
            yield " "
        end = token.end + 1
        yield sql[token.start : end]


def _is_encodable(sql: str) -> bool:
    try:
        sql.encode()
    except UnicodeEncodeError:
        return False
    return True


def _column_refusal(column: exp.Column, sources: list[Source]) -> str:
    of_table = [s for s in sources if column.table in ("", s.name)]
    if column.table and not of_table:
        known = [source.name for source in sources]
        return f"No table or alias {column.table!r} is in FROM. {suggest(column.table, known)}"
    written = str(column.meta["written"])
    if column.this.quoted and not column.table:
        hint = f"If it is a text and no name, write {exp.Literal.string(written).sql()}. "
    else:
        hint = ""
    known = [name for source in of_table for name in source.columns]
    return f"There is no column {written!r} to read. {hint}{suggest(written, known)}"


def _function_refusal(name: str) -> str:
    return f"The function {name.lower()}() is not on the list of allowed ones. Do without it."


def _spoken(node: exp.Expr) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()


def _first_line(error: SqlglotError) -> str:
    plain = re.sub(r"\x1b\[\d+m", "", str(error))
    return plain.splitlines()[0] if plain else "unknown syntax"
