"""The statement is found in a reply, whatever a model wraps around it."""

import json

import pytest

from agent.sql_reply import statement_in

SQL = "SELECT city, count(*) FROM mills GROUP BY city"
LONG = "SELECT\n  city,\n  count(*) AS n\nFROM mills\nWHERE note = 'a; b'\n\nGROUP BY city"
CTE = "WITH big AS (\n  SELECT * FROM mills\n)\nSELECT name FROM big"
DRAFT = "SELECT name FROM mils"
DELETE = "DELETE FROM mills WHERE city IN (SELECT city FROM mils)"

# What a model writes, and the statement in it.
REPLIES = [
    (SQL, SQL),
    (f"  {SQL} ;\n", SQL),
    (LONG, LONG),
    (f"{CTE};", CTE),
    (f"-- by city\n{SQL}", f"-- by city\n{SQL}"),
    (f"SQL: {SQL}", SQL),
    (f"SQLQuery: {SQL}\nSQLResult: 3\nAnswer: There are 3.", SQL),
    (f"**SQL query:**\n{SQL}", SQL),
    (f"Question: How many?\nSQLQuery:{SQL}", SQL),
    (f"```\n{SQL}\n```", SQL),
    (f"```sql {SQL}```", SQL),
    (f"```{SQL}```", SQL),
    (f"```postgresql\n{LONG};\n```", LONG),
    (f"```sql\n{SQL}", SQL),
    (f"{SQL};\n```\nThis counts the mills.", SQL),
    (f"{SQL}\n```", SQL),
    (f"{SQL}\n\n```text\ncity | n\n```", SQL),
    (f"Here you are:\n\n```sql\n{SQL};\n```\n\nThis counts mills by city; enjoy.", SQL),
    (f"Draft:\n```sql\n{DRAFT}\n```\nI mistyped the table. Corrected:\n```sql\n{SQL}\n```", SQL),
    (f"```text\nmills(city)\n```\n```sql\n{SQL}\n```\nIt gives:\n```\n| a | 3 |\n```", SQL),
    (f"{SQL};\n\nThis query counts the mills of each city.", SQL),
    (f"{SQL}; -- by city", SQL),
    (f"{SQL}\n\nThe result has one row a city", SQL),
    (f"{SQL}\nThis counts the mills.", SQL),
    (f"{LONG};\nExplanation: the mills", LONG),
    (f"The statement is {SQL};", SQL),
    (f"Use `{SQL}`.", SQL),
    (f'The answer is "{SQL}".', SQL),
    (f'"{SQL}"', SQL),
    (f"'{SQL};'", SQL),
    (json.dumps(LONG), LONG),
    (json.dumps({"sql": SQL}), SQL),
    (json.dumps({"thought": "mills", "Query": f"{SQL};"}), SQL),
    (json.dumps({"result": [{"statement": LONG}]}), LONG),
    (f"```json\n{json.dumps({'sql': LONG}, indent=1)}\n```", LONG),
    (f"Sure!\n{json.dumps({'query': SQL})}\nThat is all.", SQL),
    ('{"sql": "SELECT city\nFROM mills"}', "SELECT city\nFROM mills"),
    (f"[SQL]{SQL}[/SQL]", SQL),
    (f"[SQL]\n```sql\n{SQL};\n```\n[/SQL] It counts.", SQL),
    (f"{SQL} [/SQL] and so on", SQL),
    (f"<sql>{SQL}</sql>", SQL),
    (f"<answer>\n{SQL};\n</answer>", SQL),
    (f'"""{SQL}"""', SQL),
    (f"Update: here it is.\n{SQL}", SQL),
    (f"{SQL}; Set a limit if there are many.", SQL),
    (f'<tool_call>{json.dumps({"name": "run", "arguments": {"sql": SQL}})}</tool_call>', SQL),
    (f"<think>Maybe {DRAFT};</think>{SQL}", SQL),
    (f"So: {DRAFT}\n</think>\n```sql\n{SQL}\n```", SQL),
    (f"<think>{DRAFT}", ""),
    (f"{SQL}<|im_end|>", SQL),
    (f"First try:\n{DRAFT};\nThat has a typo. Better:\n{SQL};", SQL),
    # What the gate has to see.
    (f"{SQL}; DROP TABLE mills", f"{SQL}; DROP TABLE mills"),
    (f"{SQL};\n{DRAFT};", f"{SQL};\n{DRAFT}"),
    ("DELETE FROM mills;", "DELETE FROM mills"),
    (f"{DELETE};", DELETE),
    (f"INSERT INTO mills\n{SQL}", f"INSERT INTO mills\n{SQL}"),
    (f"```sql\nCREATE TABLE x AS {SQL}\n```", f"CREATE TABLE x AS {SQL}"),
    (f"EXPLAIN {SQL}", f"EXPLAIN {SQL}"),
    (f"To be sure: {DELETE}", f"To be sure: {DELETE}"),
    ("SELECT * FROM mills WHERE name = 'It''s; so'", "SELECT * FROM mills WHERE name = 'It''s; so'"),
    ("SELECT name\nFROM mills\nWHERE city = = 'Oslo'", "SELECT name\nFROM mills\nWHERE city = = 'Oslo'"),
    ("I cannot tell.", "I cannot tell."),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "statement"), REPLIES)
def test_the_statement_is_found(written: str, statement: str) -> None:
    assert statement_in(written) == statement
