import time

import pytest

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.guard import admit

Case = dict[str, str]

REFUSALS = [
    ("DELETE FROM orders", "Only queries are allowed: start with SELECT or WITH."),
    ("SELECT 1; SELECT 2", "Write exactly one statement: there is more after a semicolon."),
    ("SELECT", "Write exactly one SELECT that changes nothing."),
    (
        "SELECT lower(note, 'x') FROM orders",
        "lower() takes one argument at most. Remove the others.",
    ),
    (
        "WITH RECURSIVE r(n, x) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, x || x FROM r) "
        "SELECT n FROM r",
        "A recursive query may append to a value in each step, but not multiply it.",
    ),
    (
        "SELECT quantty FROM orders",
        "There is no column 'quantty' to read. Nearest: quantity.",
    ),
    (
        'SELECT id FROM products WHERE status = "Relased"',
        "There is no column 'Relased' to read. If it is text and not a name, write 'Relased'. "
        "Choose from: id, name, price, status.",
    ),
    (
        "SELECT x.id FROM orders o",
        "No table or alias 'x' is in FROM. The column is o.id.",
    ),
    (
        'SELECT id FROM orders WHERE note = "released"',
        "There is no column 'released' to read. If it is text and not a name, write 'released'. "
        "products.status has that value. ",
    ),
    (
        "SELECT x.y FROM orders o",
        "No table or alias 'x' is in FROM. Choose from: o.",
    ),
    (
        "SELECT orders.id FROM orders o",
        "No table or alias 'orders' is in FROM. orders is called o here.",
    ),
    (
        "SELECT customers.name FROM orders o",
        "No table or alias 'customers' is in FROM. Join it: o.customer_id = customers.id.",
    ),
    (
        "SELECT tier FROM orders AS o",
        "There is no column 'tier' to read. "
        "It is customers.tier; join o.customer_id = customers.id.",
    ),
    (
        "SELECT parent_id FROM orders",
        "There is no column 'parent_id' to read. It is regions.parent_id; join "
        "orders.customer_id = customers.id, customers.region_id = regions.id.",
    ),
    (
        "SELECT o.tier FROM orders o JOIN customers c ON c.id = o.customer_id",
        "There is no column 'tier' to read. Write c.tier instead.",
    ),
    (
        "SELECT tiers FROM orders",
        "There is no column 'tiers' to read. "
        "Nearest: customers.tier; join orders.customer_id = customers.id.",
    ),
    (
        "SELECT o.id FROM orders o JOIN discounts AS t2 ON o.id = t2.id",
        "There is no table 'discounts' to read. ",
    ),
    (
        "SELECT COUNT(*) FROM tier",
        "There is no table 'tier' to read. It is a column: customers.tier. ",
    ),
    (
        "SELECT api_key FROM orders",
        "There is no column 'api_key' to read. Choose from: ",
    ),
    (
        "SELECT id FROM orders WHERE (",
        "This cannot be read as SQL: ",
    ),
    ("SELECT id FROM ordrs", "There is no table 'ordrs' to read. Nearest: orders."),
    (
        "SELECT * FROM customers",
        "Name the columns instead of *; customers has: id, name, region_id, since, tags, tier.",
    ),
    ("SELECT z.* FROM orders", "There is no table 'z' in this FROM to take * of."),
    (
        "SELECT readfile('/etc/passwd')",
        "The function readfile() is not allowed. Do without it.",
    ),
    (
        "SELECT sha(name) FROM products",
        "The function sha() is not allowed. Do without it.",
    ),
    (
        "SELECT id FROM orders WHERE id IN salaries",
        "After IN, write a list in parentheses or (SELECT …).",
    ),
    (
        "SELECT printf('%5000d', 1)",
        "Give printf a literal format, and no width of four digits or '*'.",
    ),
    (
        "SELECT id FROM WHERE id = 1",
        "This cannot be read as SQL: the name of a table is missing at 'WHERE' (line 1, column 16).",
    ),
    (
        "SELECT id\nFROM orders\nWHERE id >",
        "This cannot be read as SQL: something is missing at '>' (line 3, column 10).",
    ),
    (
        "SELECT id FROM orders LIMIT 1 2",
        "This cannot be read as SQL: something does not fit at '2' (line 1, column 31).",
    ),
    ("SELECT (1", "This cannot be read as SQL: ) is missing at '1' (line 1, column 9)."),
    (
        "SELECT 'a",
        "This cannot be read as SQL: a quotation mark or a comment is not closed.",
    ),
    ("SELECT ?", "This cannot be read as SQL: "),
    ("SELECT o.id FROM orders o FOR UPDATE", "This cannot be read as SQL: "),
    (
        "SELECT id FROM orders INDEXED BY idx",
        "TABLE is allowed here, but not with INDEXED. Do without it.",
    ),
    (
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "The statement is nested too deeply. Reduce the nesting.",
    ),
    (
        "WITH x AS (SELECT 1) FROM orders INSERT INTO regions SELECT 7, 'x', 1 FROM x",
        "The statement takes too long to read. Reduce the nesting.",
    ),
    (
        "SELECT '" + "x" * 50_000 + "'",
        "The statement is longer than 50,000 characters. Shorten it.",
    ),
    (
        "SELECT c.'name' FROM customers c",
        "Write the column 'name' without single quotes.",
    ),
    (
        "SELECT o.id FROM orders o JOIN customers c USING (nam)",
        "There is no column 'nam' to join on. Nearest: name.",
    ),
    (
        "SELECT c.id FROM customers c NATURAL JOIN customers d",
        "Write JOIN … ON … instead of NATURAL JOIN.",
    ),
]

WRITTEN = [
    (
        "SELECT/* a; b */name FROM products -- the end",
        'SELECT "products"."name" FROM "main"."products" AS "products"',
    ),
    (
        "SELECT name /*! UNION SELECT 1 */ FROM products p;",
        'SELECT "p"."name" FROM "main"."products" AS "p"',
    ),
    ("SELECT 1 --\rUNION SELECT 2", "SELECT 1"),
    (  # CROSS JOIN would fix the order in which SQLite reads them
        "SELECT 1 FROM products, orders",
        'SELECT 1 FROM "main"."products" AS "products", "main"."orders" AS "orders"',
    ),
    (
        "SELECT\u00a0Name\nFROM\tproducts ORDER BY 1",
        'SELECT "products"."Name" FROM "main"."products" AS "products" ORDER BY 1',
    ),
    (
        "SELECT '-- /* ; */' , \"name\" FROM products",
        'SELECT \'-- /* ; */\', "products"."name" FROM "main"."products" AS "products"',
    ),
    (
        "SELECT count(*) AS n FROM orders GROUP BY customer_id HAVING n > 1",
        'SELECT count(*) AS "n" FROM "main"."orders" AS "orders" '
        'GROUP BY "orders"."customer_id" HAVING "n" > 1',
    ),
]


def test_an_attack_is_refused_by_the_guard_alone(attack: Case, shop_sight: VisibleSchema) -> None:
    with pytest.raises(Refused):
        admit(attack["sql"], sight=shop_sight)


def test_many_joins_by_name_are_judged_at_once(shop_sight: VisibleSchema) -> None:
    tables = ["SELECT 1 FROM orders", *(f"orders AS o{place}" for place in range(190))]
    before = time.process_time()
    admit(" NATURAL JOIN ".join(tables), sight=shop_sight)
    assert time.process_time() - before < 2.5


def test_an_oversized_statement_is_refused_before_it_runs(
    oversized: Case, shop_sight: VisibleSchema
) -> None:
    with pytest.raises(Refused):
        admit(oversized["sql"], sight=shop_sight)


def test_a_legitimate_question_is_admitted(legitimate: Case, shop_sight: VisibleSchema) -> None:
    assert admit(legitimate["sql"], sight=shop_sight).text


@pytest.mark.parametrize(("sql", "words"), REFUSALS, ids=[words[:40] for _, words in REFUSALS])
def test_a_refusal_says_what_to_change(sql: str, words: str, shop_sight: VisibleSchema) -> None:
    with pytest.raises(Refused) as refusal:
        admit(sql, sight=shop_sight)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(("sql", "text"), WRITTEN)
def test_what_runs_is_written_from_what_was_judged(
    sql: str, text: str, shop_sight: VisibleSchema
) -> None:
    assert admit(sql, sight=shop_sight).text == text
