"""A frame as a statement: joins where a row has one partner, subqueries where it has many."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from serving.models.embedded.form.conditions import (
    Filter,
    Not,
    Present,
    Unreadable,
    ValueOf,
    columns_of,
    names_values,
)
from serving.models.embedded.form.frame import Bucket, Frame
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.schema.joins import Joins, Step, shared_by
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef, is_year, may_lack
from serving.models.embedded.sql.conditions import Conditions, required
from serving.models.embedded.sql.dates import day_text, period
from serving.models.embedded.sql.nodes import (
    aggregate_node,
    column_node,
    expression_node,
    table_node,
    title_of,
)
from serving.models.embedded.sql.rows import tell_rows_apart
from serving.models.embedded.sql.scope import Scope, column_of
from serving.models.embedded.sql.unsaid import unsaid_keys
from serving.models.embedded.sql.within import group_within, ranked_within

UNLINKED = "no foreign key connects {table} and {other}"
"""The clause that says so; of sheets, something else is told in its place."""


def build(frame: Frame, lexicon: Lexicon, joins: Joins) -> exp.Select:
    """The statement of a frame.

    Raises:
        Unreadable: tables are not connected, or a sum would count rows twice.
    """
    return _Builder(frame, lexicon, joins).statement()


class _Builder:
    def __init__(self, frame: Frame, lexicon: Lexicon, joins: Joins) -> None:
        self.frame, self.lexicon, self.joins = frame, lexicon, joins
        self.conditions = Conditions(lexicon, self._value)
        root = self._root()
        self.scope = Scope(exp.Select().from_(table_node(root)), [root])
        self.nested: dict[tuple[Step, Filter | None], Scope] = {}
        self.either: dict[int, list[exp.Expr]] = {}
        self.through: set[Step] = set()

    def statement(self) -> exp.Select:
        frame = self.frame
        for table in self._shown_tables():
            self._show(self._path(table), table)
        for condition in frame.filters:
            self._where(condition)
        for table in frame.context:
            if table in self.scope.tables and table in frame.absent:
                raise Unreadable("it both shows and denies {table}", table=repr(table))
            if table not in self.scope.tables and not self._is_visited(table):
                self._where(Filter(table, Present()))
        self._attach_nested()
        self.scope.conditions += [exp.or_(*tests) for tests in self.either.values()]
        self._project()
        tell_rows_apart(self.scope, frame, self.lexicon, self.joins, self.through)
        tree = self.scope.restricted()
        if frame.within is None:
            return tree
        return ranked_within(tree, frame, self.lexicon, self._ordering)

    def _value(self, value: ValueOf) -> exp.Select:
        table = value.measure.table
        frame = Frame(head=table, measures=[value.measure], filters=list(value.filters))
        select = build(frame, self.lexicon, self.joins)
        return select.select(*(node.unalias() for node in select.selects), append=False)

    def _root(self) -> str:
        frame = self.frame
        ranked = frame.order.by if frame.order else None
        measures = [*frame.measures, *([ranked] if isinstance(ranked, Measure) else [])]
        measures += [having.measure for having in frame.having]
        if measures:
            return measures[0].table
        tables = [frame.head] if frame.head and not self._is_only_named(frame.head) else []
        tables += [column.table for column in frame.columns]
        tables += [condition.table for condition in frame.filters]
        if not tables:
            raise Unreadable("it names nothing that can be listed or counted")
        return tables[0]

    def _is_only_named(self, head: str) -> bool:
        """Whether nothing of the thing itself is shown: then what is shown comes first."""
        return bool(self.frame.columns) and all(c.table != head for c in self.frame.columns)

    def _shown_tables(self) -> list[str]:
        frame = self.frame
        tables = [column.table for column in frame.columns]
        tables += [node.table for node in group_within(frame, self.lexicon)[1]]
        tables += [g if isinstance(g, str) else _table_of(g) for g in frame.groups]
        by = frame.order.by if frame.order else None
        measures = [*frame.measures, *(h.measure for h in frame.having)]
        measures += [by] if isinstance(by, Measure) else []
        tables += [table for measure in measures for table in measure.tables]
        tables += [by.table] if isinstance(by, ColumnRef) else []
        return list(dict.fromkeys(tables))

    def _show(self, steps: tuple[Step, ...], table: str) -> None:
        """Join what is only shown beside each row, which stays without it."""
        frame = self.frame
        is_list = not (frame.groups or frame.measures or frame.having or frame.order)
        is_asked = any(condition.table == table for condition in frame.filters)
        is_optional = bool(steps) and all(s.is_single and self._is_optional(s) for s in steps)
        is_beside = is_list and not is_asked and table != frame.head and is_optional
        self.scope.join(steps, keeps_all=is_beside)
        self.through.update(steps)

    def _join(self, steps: tuple[Step, ...]) -> None:
        self.scope.join(steps)
        self.through.update(steps)

    def _path(
        self, table: str, roles: frozenset[str] = frozenset(), *, may_share: bool = False
    ) -> tuple[Step, ...]:
        frame = self.frame
        roles = roles if self.joins.meant(table, roles) else frame.roles
        near = [*frame.context, *self.scope.tables]
        is_there = table in self.scope.tables and table not in frame.absent
        if is_there and not self._is_role(table, roles):
            return ()
        # A table that must be absent is not a bridge: its rows are what is being denied.
        start = self.scope.tables if table not in frame.absent else self.scope.tables[:1]
        direct = self.joins.path(start, table, near=near, single=True, roles=roles)
        found = direct or self.joins.path(start, table, near=near, roles=roles)
        if found is not None and direct is None:
            spoken = [name for name in frame.context if name not in frame.absent]
            found = self.joins.by_way_of(spoken, start, table, found)
        if found is None or not (may_share or shared_by(found).issubset(self.frame.spoken)):
            ends = {"table": repr(table), "other": repr(self.scope.tables[0])}
            raise Unreadable(UNLINKED, **ends)
        new = [step for step in found if step not in self.through]
        frame.assumed.update(unsaid_keys(new, roles, self.joins))
        return found

    def _is_role(self, table: str, roles: frozenset[str]) -> bool:
        """Whether the table was joined by another key than the one that is meant now."""
        joined = [step for step in self.through if step.right == table]
        if not joined or not self.joins.is_ambiguous(joined[0]):
            return False
        wanted = self.joins.path((joined[0].left,), table, roles=roles)
        return bool(wanted) and wanted[-1] != joined[0]

    def _is_visited(self, table: str) -> bool:
        return any(table in inner.tables for inner in self.nested.values())

    def _where(self, wanted: Filter) -> None:
        # A city has its country's languages, but not the repairs of its country's bicycles.
        is_quality = names_values(wanted.condition)
        steps = self._path(wanted.table, wanted.roles, may_share=is_quality)
        apart = next(
            (n for n, s in enumerate(steps) if self._is_kept(s, wanted) or not self._is_plain(s)),
            None,
        )
        if apart is None:
            self._join(steps)
            self._put(self._test(wanted), wanted)
            return
        self._join(steps[:apart])
        # What is denied of many rows is that any of them is so: a subquery of its own.
        is_own = wanted.is_denied or wanted.is_apart or wanted.either
        key = (steps[apart], wanted if is_own else None)
        if key not in self.nested:
            first = steps[apart].right
            self.nested[key] = Scope(exp.Select().from_(table_node(first)), [first])
        self.nested[key].join(steps[apart + 1 :])
        if not isinstance(wanted.condition, Present):
            self.nested[key].conditions.append(self.conditions.node(wanted.condition))

    def _test(self, wanted: Filter) -> exp.Expr:
        asked = wanted.condition
        return self.conditions.node(Not(asked) if wanted.is_denied else asked)

    def _is_kept(self, step: Step, wanted: Filter) -> bool:
        """Whether a row without a partner counts: one "not in team Blue" may be in none."""
        is_absent = wanted.table in self.frame.absent and step.right == wanted.table
        is_denied = wanted.is_denied and names_values(wanted.condition)
        return is_absent or (is_denied and step not in self.through and self._is_optional(step))

    def _is_optional(self, step: Step) -> bool:
        keys = (ColumnRef(step.left, name) for name in step.left_columns)
        return any(may_lack(self.lexicon.column(key)) for key in keys)

    def _is_plain(self, step: Step) -> bool:
        """Whether a step can be a join: to one row, by the only key or the one that is joined."""
        if not step.is_single:
            return False
        return step in self.through or (
            step.right not in self.scope.tables
            and not (self.joins.is_ambiguous(step) and step.right in self._shown_tables())
        )

    def _put(self, test: exp.Expr, wanted: Filter | None) -> None:
        if wanted is not None and wanted.either:
            self.either.setdefault(wanted.either, []).append(test)
        elif not isinstance(test, exp.Boolean):
            self.scope.conditions.append(test)

    def _merge_plain(self) -> None:
        """What is asked of a thing's many besides is asked of the same ones: "an official language"."""
        merged: set[Step] = set()
        for (step, special), inner in list(self.nested.items()):
            plain = self.nested.get((step, None))
            if special is None or plain is None or special.either:
                continue
            own = {column.column for column in columns_of(special.condition)}
            others = {c.name for test in plain.conditions for c in test.find_all(exp.Column)}
            if own.isdisjoint(others) and set(plain.tables) <= set(inner.tables):
                inner.conditions += [test.copy() for test in plain.conditions]
                merged.add(step)
        for step in merged:
            del self.nested[step, None]

    def _attach_nested(self) -> None:
        self._merge_plain()
        for (step, special), inner in self.nested.items():
            keys = [column_of(step.right, name) for name in step.right_columns]
            own = [column_of(step.left, name) for name in step.left_columns]
            is_denied = special is not None and special.is_denied
            is_absent = is_denied or not self.frame.absent.isdisjoint(inner.tables)
            if is_absent:
                inner.conditions += [key.copy().is_(exp.null()).not_() for key in keys]
            query = inner.restricted().select(*keys, copy=False)
            left = own[0] if len(own) == 1 else exp.Tuple(expressions=own)
            test = exp.In(this=left, query=exp.Subquery(this=query))
            if is_absent:
                lacking = [one.copy().is_(exp.null()) for one in own] * self._is_optional(step)
                test = exp.or_(test.not_(), *lacking)
            self._put(test, special)

    def _project(self) -> None:
        frame, select = self.frame, self.scope.select
        shown, keys = self._shown()
        by = frame.order.by if frame.order else None
        wanted = list(frame.measures)
        if not frame.names_only:
            wanted += [by] if isinstance(by, Measure) else []
            wanted += [having.measure for having in frame.having]
        measures = [self._aggregate(m).as_(title_of(m)) for m in dict.fromkeys(wanted)]
        select.select(*shown, *measures, copy=False)
        if frame.groups or frame.having:
            select.group_by(*(key.copy() for key in keys), copy=False)
        for having in frame.having:
            select.having(required(self._aggregate(having.measure), having), copy=False)
        if frame.distinct and not measures:
            select.distinct(copy=False)
        self._order(select)

    def _shown(self) -> tuple[list[exp.Expr], list[exp.Expr]]:
        """What is selected besides measures, and what is grouped by."""
        frame = self.frame
        first, apart = group_within(frame, self.lexicon)
        shown: list[exp.Expr] = [*first]
        keys: list[exp.Expr] = [*apart]
        for group in frame.groups:
            match group:
                case str():
                    asked = [column_node(c) for c in frame.columns if c.table == group]
                    displayed = [column_node(c) for c in self.lexicon.display(group)]
                    displayed += [] if asked else self._describing(group)
                    shown += displayed
                    keys += [column_node(c) for c in self.lexicon.own_keys(group)] + displayed
                case Bucket():
                    cut = self._cut(group)
                    shown.append(cut.as_(group.unit))
                    keys.append(cut)
                case ColumnRef():
                    shown.append(column_node(group))
                    keys.append(column_node(group))
        extra = [column_node(column) for column in frame.columns]
        if not frame.groups and not frame.measures and frame.head and not frame.names_only:
            extra += self._describing(frame.head)
        keys += extra
        return list(dict.fromkeys(shown + extra)), list(dict.fromkeys(keys))

    def _describing(self, table: str) -> list[exp.Expr]:
        """A thing that was singled out is shown with its kind, which the next question may be about."""
        if self.frame.limit != 1 or self.frame.distinct or table not in self.scope.tables:
            return []
        return [column_node(column) for column in self.lexicon.describing(table)]

    def _aggregate(self, measure: Measure) -> exp.Expr:
        is_fanned = self._is_fanned(measure)
        if measure.per:
            return self._per(measure)
        if is_fanned and (measure.function in {"SUM", "AVG"} or measure.is_figure):
            table = repr(measure.table)
            said = "rows of {table} would be counted more than once, because several others belong to each"
            raise Unreadable(said, table=table)
        inner = expression_node(measure)
        if inner is None and is_fanned and (key := self.lexicon.own_keys(measure.table)):
            inner = exp.Distinct(expressions=[column_node(key[0])])
        elif inner is not None and measure.distinct:
            inner = exp.Distinct(expressions=[inner])
        return aggregate_node(measure, inner)

    def _is_fanned(self, measure: Measure) -> bool:
        """Whether the joins repeat a row of the measure's table; a bridge to the groups does not."""
        repeats = [s for s in self.through if not self._is_towards(s, measure.table)]
        rows = {g for g in self.frame.groups if isinstance(g, str)}
        bridges = {s.left for s in self.through if s.right in rows and self._is_bridge(s.left)}
        bridges |= {s.right for s in self.through if self._is_bridge(s.right) and rows}
        return any(step.right not in bridges for step in repeats)

    def _is_towards(self, step: Step, table: str) -> bool:
        """Whether a row of the table meets one row by this step."""
        way = self.joins.path((table,), step.right, near=self.scope.tables, single=True)
        return way is not None

    def _is_bridge(self, table: str) -> bool:
        """Whether the table only links others, a row a pair."""
        keys = {n for key in self.lexicon.table(table).foreign_keys for n in key.columns}
        return len(keys) > 1 and len(self.lexicon.table(table).columns) == len(keys)

    def _per(self, measure: Measure) -> exp.Expr:
        steps = self.joins.path((measure.table,), measure.per, single=True)
        if steps is None or len(steps) != 1:
            ends = {"table": repr(measure.table), "other": repr(measure.per)}
            raise Unreadable("a row of {table} has no {other} of its own", **ends)
        key = column_of(measure.table, steps[0].left_columns[0])
        below = exp.Count(this=exp.Distinct(expressions=[key]))
        return exp.Div(this=exp.cast(exp.Count(this=exp.Star()), "double"), expression=below)

    def _order(self, select: exp.Select) -> None:
        order = self.frame.order
        if order is not None:
            by = order.by
            node = self._ordered_by(by)
            if isinstance(by, ColumnRef) and self.frame.limit and may_lack(self.lexicon.column(by)):
                self.scope.conditions.append(node.copy().is_(exp.null()).not_())
            terms = [self._ordering(node, order.direction), *self._tie_break()]
            select.order_by(*terms, copy=False)
        elif self.frame.groups and self.frame.measures and not self._is_over_time():
            # The most first, as a person would list them.
            most = self._ordering(self._aggregate(self.frame.measures[0]), "DESC")
            select.order_by(most, copy=False)
        elif self.frame.groups:
            first = [self._ordering(node.unalias().copy()) for node in select.selects[:1]]
            select.order_by(*first, copy=False)
        if self.frame.limit is not None:
            select.limit(self.frame.limit, copy=False)

    def _ordered_by(self, by: Measure | ColumnRef | Bucket) -> exp.Expr:
        match by:
            case Measure():
                return self._aggregate(by)
            case Bucket():
                return self._cut(by)
            case ColumnRef():
                return column_node(by)

    def _cut(self, bucket: Bucket) -> exp.Expr:
        column, schema = self.lexicon.column(bucket.column), self.lexicon.schema
        return period(day_text(column_node(bucket.column), column, schema), bucket.unit)

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

    def _tie_break(self) -> list[exp.Expr]:
        """The key, so that a limited list of ties is the same every time."""
        frame = self.frame
        is_single = frame.order is not None and isinstance(frame.order.by, ColumnRef)
        if not is_single or frame.limit is None or frame.distinct or frame.groups:
            return []
        return [self._ordering(column_node(key)) for key in self.lexicon.keys(self.scope.tables[0])]


def _table_of(group: ColumnRef | Bucket) -> str:
    return group.table if isinstance(group, ColumnRef) else group.column.table
