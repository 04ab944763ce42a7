"""Charts as Plotly is given them."""

import pytest

from chainlit_app.drawing import plotted
from serving.wire.answer import Query
from serving.wire.charts import Chart

COUNTED = "SELECT regions.name, COUNT(*) AS customers FROM customers JOIN regions GROUP BY 1"


@pytest.mark.parametrize(
    ("sql", "column", "title"),
    [
        (COUNTED, "name", "customers by regions"),
        (COUNTED.replace("regions.name", '"regions"."name"'), "name", "customers by regions"),
        ("SELECT name, COUNT(*) AS customers FROM regions", "name", "customers by name"),
        (f"{COUNTED}, customers.name", "name", "customers by name"),
        (COUNTED.replace("regions.name", "orders.series"), "series", "customers by series"),
    ],
)
def test_a_chart_of_names_is_called_by_what_they_name(sql: str, column: str, title: str) -> None:
    rows: list[list[str | float | None]] = [["Galway", 40], ["Leipzig", 31]]
    query = Query(
        number=1,
        database="demo",
        sql=sql,
        columns=[column, "customers"],
        rows=rows,
        truncated=False,
        elapsed_s=0.0,
    )
    chart = Chart(number=1, kind="bar", x=column, series=["customers"])
    assert plotted(chart, query, "bar")["layout"]["title"]["text"] == title
