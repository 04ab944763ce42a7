"""A frame as a statement: joins where a row has one partner, subqueries where it has many."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from serving.models.embedded.conditions import Unreadable, negate, number, required
from serving.models.embedded.frame import Bucket, Filter, Frame, Measure, Order
from serving.models.embedded.joins import Joins, Step
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.quote import column_node, table_node
from serving.models.embedded.scope import Scope, column_of
from serving.models.embedded.targets import ColumnRef, is_year


def build(frame: Frame, lexicon: Lexicon, joins: Joins) -> exp.Select:
    """The statement of a frame.

    Raises:
        Unreadable: tables are not connected, or a sum would count rows twice.
    """
    return _Builder(frame, lexicon, joins).statement()


class _Builder:
    def __init__(self, frame: Frame, lexicon: Lexicon, joins: Joins) -> None:
        self.frame, self.lexicon, self.joins = frame, lexicon, joins
        root = self._root()
        self.scope = Scope(exp.Select().from_(table_node(root)), [root])
        self.nested: dict[tuple[Step, Filter | None], Scope] = {}
        self.merged: set[Step] = set()

    def statement(self) -> exp.Select:
        frame = self.frame
        for table in self._shown_tables():
            self.scope.join(self._path(table))
        for condition in frame.filters:
            self._where(condition.table, condition)
        for table in frame.context:
            if table in self.scope.tables and table in frame.absent:
                raise Unreadable(f"it both shows and denies {table!r}")
            if table not in self.scope.tables:
                self._where(table, None)
        self._attach_nested()
        self._project()
        return self.scope.restricted()

    def _root(self) -> str:
        frame = self.frame
        ranked = frame.order.by if frame.order else None
        measures = [*frame.measures, *(h.measure for h in frame.having)]
        measures += [ranked] if isinstance(ranked, Measure) else []
        if measures:
            return measures[0].table
        tables = [frame.head] if frame.head else []
        tables += [column.table for column in frame.columns]
        tables += [condition.table for condition in frame.filters]
        if not tables:
            raise Unreadable("it names nothing that can be listed or counted")
        return tables[0]

    def _shown_tables(self) -> list[str]:
        frame = self.frame
        tables = [frame.head] if frame.head and not frame.measures else []
        tables += [column.table for column in frame.columns]
        tables += [g if isinstance(g, str) else _table_of(g) for g in frame.groups]
        tables += [m.table for m in frame.measures]
        by = frame.order.by if frame.order else None
        tables += [by.table] if isinstance(by, Measure | ColumnRef) else []
        return list(dict.fromkeys(tables))

    def _path(self, table: str, anchor: str | None = None) -> tuple[Step, ...]:
        frame = self.frame
        # A table that must be absent is no bridge: its rows are what is being denied.
        near = [*frame.context, *self.scope.tables]
        if table in self.scope.tables and table not in frame.absent:
            return ()
        start = self.scope.tables if table not in frame.absent else self.scope.tables[:1]
        direct = self.joins.path(self.scope.tables, table, near=near, single=True)
        if direct is not None and (anchor is None or anchor not in frame.context):
            return direct
        if anchor and anchor in start:
            beside = self.joins.path([anchor], table, near=near, single=True)
            if (beside or direct) is not None:
                return beside or direct or ()
        if anchor and anchor != table and anchor not in self.scope.tables:
            first = self.joins.path(start, anchor, near=near)
            second = self.joins.path((anchor,), table, near=near)
            if first is not None and second is not None:
                return _without_return(first + second)
        found = self.joins.path([anchor] if anchor in start and anchor else start, table, near=near)
        if found is None:
            names = f"{table!r} and {self.scope.tables[0]!r}"
            raise Unreadable(f"no foreign key connects {names}")
        return found

    def _where(self, table: str, wanted: Filter | None) -> None:
        steps = self._path(table, wanted.anchor if wanted else None)
        many = next((n for n, step in enumerate(steps) if not step.is_single), None)
        if many is None:
            if wanted is not None:
                self.scope.join(steps)
                self._join_needed(wanted)
                test = negate(wanted.condition) if wanted.is_denied else wanted.condition
                self.scope.conditions.append(test)
            return
        self.scope.join(steps[:many])
        # What is denied of many rows is that any of them is so: a subquery of its own.
        if wanted is not None and wanted.needs:
            raise Unreadable("one of its alternatives is about many rows")
        is_own = wanted is not None and (wanted.is_denied or wanted.is_apart)
        key = (steps[many], wanted if is_own else None)
        if key not in self.nested:
            first = steps[many].right
            self.nested[key] = Scope(exp.Select().from_(table_node(first)), [first])
        self.nested[key].join(steps[many + 1 :])
        if wanted is not None:
            self.nested[key].conditions.append(wanted.condition)

    def _join_needed(self, wanted: Filter) -> None:
        for table in wanted.needs:
            steps = self.joins.path(self.scope.tables, table, single=True)
            if steps is None:
                raise Unreadable("one of its alternatives is about many rows")
            self.scope.join(steps)

    def _merge_plain(self) -> None:
        """What is asked of a thing's many besides is asked of the same ones: "an official language"."""
        for (step, special), inner in list(self.nested.items()):
            plain = self.nested.get((step, None))
            if special is None or plain is None:
                continue
            own = {c.name for c in special.condition.find_all(exp.Column)}
            others = {c.name for test in plain.conditions for c in test.find_all(exp.Column)}
            if own.isdisjoint(others) and set(plain.tables) <= set(inner.tables):
                inner.conditions += [test.copy() for test in plain.conditions]
                self.merged.add(step)
        for step in self.merged:
            del self.nested[step, None]

    def _attach_nested(self) -> None:
        self._merge_plain()
        for (step, special), inner in self.nested.items():
            denied = special if special is not None and special.is_denied else None
            keys = [column_of(step.right, name) for name in step.right_columns]
            own = [column_of(step.left, name) for name in step.left_columns]
            is_absent = denied is not None or not self.frame.absent.isdisjoint(inner.tables)
            if is_absent:
                inner.conditions += [key.copy().is_(exp.null()).not_() for key in keys]
            query = inner.restricted().select(*keys)
            left = own[0] if len(own) == 1 else exp.Tuple(expressions=own)
            test = exp.In(this=left, query=exp.Subquery(this=query))
            self.scope.conditions.append(test.not_() if is_absent else test)

    def _project(self) -> None:
        frame, select = self.frame, self.scope.select
        shown, keys = self._shown()
        measures = [self._aggregate(m).as_(_label(m)) for m in frame.measures]
        by = frame.order.by if frame.order else None
        if isinstance(by, Measure) and by not in frame.measures:
            measures.append(self._aggregate(by).as_(_label(by)))
        measures += [
            self._aggregate(h.measure).as_(_label(h.measure))
            for h in frame.having
            if h.measure != by and h.measure not in frame.measures
        ]
        if not measures and frame.distinct:
            select = select.distinct()
        select = select.select(*shown, *measures)
        if measures and keys:
            select = select.group_by(*keys)
        for having in frame.having:
            select = select.having(required(self._aggregate(having.measure), having))
        self.scope.select = self._ordered(select)

    def _shown(self) -> tuple[list[exp.Expr], list[exp.Expr]]:
        frame = self.frame
        shown: list[exp.Expr] = []
        keys: list[exp.Expr] = []
        for group in frame.groups:
            match group:
                case str():
                    displayed = [column_node(c) for c in self.lexicon.display(group)]
                    displayed += self._describing(group)
                    shown += displayed
                    keys += [column_node(c) for c in self.lexicon.keys(group)] + displayed
                case Bucket():
                    text = exp.cast(column_node(group.column), "text")
                    cut = exp.Substring(this=text, start=number(1), length=number(group.length))
                    shown.append(cut.as_("month" if group.length == 7 else "year"))
                    keys.append(cut)
                case ColumnRef():
                    shown.append(column_node(group))
                    keys.append(column_node(group))
        extra = [column_node(column) for column in frame.columns if column not in frame.groups]
        if not frame.groups and not frame.measures and frame.head:
            extra += self._describing(frame.head)
        keys += extra
        return list(dict.fromkeys(shown + extra)), list(dict.fromkeys(keys))

    def _describing(self, table: str) -> list[exp.Expr]:
        """A thing that was singled out is shown with its kind, which the next question may be about."""
        if self.frame.limit != 1 or self.frame.distinct:
            return []
        return [column_node(column) for column in self.lexicon.describing(table)]

    def _aggregate(self, measure: Measure) -> exp.Expr:
        if self.scope.is_fanned and measure.function in {"SUM", "AVG"}:
            raise Unreadable(f"joining would count rows of {measure.table!r} more than once")
        if measure.table != self.scope.tables[0] and measure.function in {"SUM", "AVG", "COUNT"}:
            raise Unreadable(f"it measures {measure.table!r} and {self.scope.tables[0]!r} at once")
        inner = measure.expression.copy() if measure.expression else None
        if inner is None and self.scope.is_fanned and (key := self.lexicon.keys(measure.table)):
            inner = exp.Distinct(expressions=[column_node(key[0])])
        elif inner is not None and measure.distinct:
            inner = exp.Distinct(expressions=[inner])
        return exp.func(measure.function, inner if inner is not None else exp.Star())

    def _ordered(self, select: exp.Select) -> exp.Select:
        order = self.frame.order
        if order is not None:
            by = order.by
            node = self._aggregate(by) if isinstance(by, Measure) else column_node(by)
            if isinstance(by, ColumnRef) and self.lexicon.column(by).nullable:
                self.scope.conditions.append(node.copy().is_(exp.null()).not_())
            select = select.order_by(self._ordering(node, order.direction))
            select = select.order_by(*self._tie_break(order))
        elif self.frame.groups and self.frame.measures and not self._is_over_time():
            # The most first, as a person would list them.
            most = self._ordering(self._aggregate(self.frame.measures[0]), "DESC")
            select = select.order_by(most)
        elif self.frame.groups:
            select = select.order_by(*(self._ordering(n.unalias()) for n in select.selects[:1]))
        return select if self.frame.limit is None else select.limit(self.frame.limit)

    def _is_over_time(self) -> bool:
        group = self.frame.groups[0]
        if isinstance(group, str):
            return False
        return isinstance(group, Bucket) or is_year(self.lexicon.column(group))

    def _ordering(self, node: exp.Expr, direction: str = "ASC") -> exp.Ordered:
        """An ORDER BY term that leaves NULLs where the engine puts them: no NULL gets this far."""
        dialect = Dialect.get_or_raise(self.lexicon.schema.dialect)
        habit = str(dialect.NULL_ORDERING)
        nulls_first = habit != "nulls_are_last" and (direction == "DESC") == (
            habit == "nulls_are_large"
        )
        return exp.Ordered(this=node, desc=direction == "DESC", nulls_first=nulls_first)

    def _tie_break(self, order: Order) -> list[exp.Expr]:
        """The key, so that a limited list of ties is the same every time."""
        if isinstance(order.by, Measure) or self.frame.limit is None or self.frame.distinct:
            return []
        return [self._ordering(column_node(key)) for key in self.lexicon.keys(self.scope.tables[0])]


def _table_of(group: ColumnRef | Bucket) -> str:
    return group.table if isinstance(group, ColumnRef) else group.column.table


def _without_return(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps up to the first table that they would enter twice."""
    seen = {steps[0].left} if steps else set[str]()
    for step in steps:
        if step.right in seen:
            raise Unreadable(f"the way to {steps[-1].right!r} crosses {step.right!r} twice")
        seen.add(step.right)
    return steps


def _label(measure: Measure) -> str:
    if measure.label:
        return measure.label
    prefix = {"COUNT": "count", "SUM": "total", "AVG": "average", "MAX": "highest", "MIN": "lowest"}
    columns = list(measure.expression.find_all(exp.Column)) if measure.expression else []
    subject = columns[0].name if len(columns) == 1 else measure.table
    return f"{prefix[measure.function]}_{subject}".lower().replace(" ", "_")
