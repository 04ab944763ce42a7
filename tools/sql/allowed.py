"""Functions allowed on SQLite, as data; everything else is refused."""

from collections.abc import Mapping

ANY = 1_000
"""Any number of arguments: more than engines take."""


def most_arguments(names: Mapping[int, str]) -> Mapping[str, int]:
    """The most arguments of each function, from words grouped by that number."""
    return {name: most for most, words in names.items() for name in words.split()}


SQLITE_FUNCTIONS = most_arguments(
    {
        0: """
        cume_dist current_date current_time current_timestamp dense_rank percent_rank pi random
        rank row_number
    """,
        1: """
        abs acos acosh asin asinh atan atanh avg ceil ceiling cos cosh count degrees exp
        first_value floor hex json json_group_array json_quote last_value length likely ln log10
        log2 lower ntile octet_length quote radians sign sin sinh soundex sqrt sum tan tanh
        total trunc typeof unicode unlikely upper
    """,
        2: """
        -> ->> atan2 glob group_concat ifnull instr json_array_length json_group_object
        json_patch json_type json_valid likelihood log ltrim mod nth_value nullif pow power
        round rtrim string_agg timediff trim unhex
    """,
        3: "lag lead like replace substr substring",
        ANY: """
        char coalesce concat concat_ws date datetime format if iif json_array json_extract
        json_insert json_object json_remove json_replace json_set julianday max min printf
        strftime time unixepoch
    """,
    }
)
"""Functions that SQLite may call; JSON arrows, LIKE and GLOB are functions there too."""

_JSON_ROW = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root")
SQLITE_TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "json_each": _JSON_ROW,
    "json_tree": _JSON_ROW,
}
"""Table functions with the columns they return, in order."""
