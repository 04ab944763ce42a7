// A result drawn as the service chose it: bars, lines or a pie, in the theme's own colours.
const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;

const colour = (at) => `var(--docsql-series-${at + 1})`;
const shown = (value) =>
  value === null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 4 });
const short = (text) => (text.length > 28 ? `${text.slice(0, 27)}…` : text);

function extent(points) {
  const values = points.flatMap((point) => point.values).filter((value) => value !== null);
  return [Math.min(0, ...values), Math.max(0, ...values)];
}

function Legend({ series }) {
  if (series.length < 2) return null;
  return (
    <ul className="docsql-legend">
      {series.map((name, at) => (
        <li key={name}>
          <i style={{ background: colour(at) }} /> {name}
        </li>
      ))}
    </ul>
  );
}

function Bars({ points }) {
  const [low, high] = extent(points);
  const share = (value) => `${(100 * value) / (high - low || 1)}%`;
  return (
    <div className="docsql-bars">
      {points.map((point) =>
        point.values.map((value, at) => (
          <div key={`${point.x} ${at}`} className={at ? "docsql-bar docsql-next" : "docsql-bar"}>
            <span title={point.x}>{at ? "" : short(point.x)}</span>
            <span>
              <i
                style={{
                  background: colour(at),
                  marginLeft: share(Math.min(value ?? 0, 0) - low),
                  width: share(Math.abs(value ?? 0)),
                }}
              />
            </span>
            <b>{shown(value)}</b>
          </div>
        )),
      )}
    </div>
  );
}

// Round numbers that cover what lies between the least and the most.
function ticks(low, high) {
  const rough = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

function Lines({ points, series }) {
  const marks = ticks(...extent(points));
  const [low, high] = [marks[0], marks[marks.length - 1]];
  const across = (at) => LEFT + ((WIDTH - LEFT - 16) * at) / (points.length - 1);
  const down = (value) =>
    TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low || 1));
  const every = Math.ceil(points.length / 8);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="presentation">
      {marks.map((mark) => (
        <g key={mark}>
          <line x1={LEFT} x2={WIDTH - 16} y1={down(mark)} y2={down(mark)} className="docsql-grid" />
          <text x={LEFT - 8} y={down(mark) + 4} textAnchor="end">
            {shown(mark)}
          </text>
        </g>
      ))}
      {points.map((point, at) =>
        at % every ? null : (
          <text key={point.x} x={across(at)} y={HEIGHT - 6} textAnchor="middle">
            {point.x}
          </text>
        ),
      )}
      {series.map((name, one) => {
        const known = points
          .map((point, at) => ({ at, x: point.x, value: point.values[one] }))
          .filter((point) => point.value !== null);
        return (
          <g key={name} style={{ color: colour(one) }}>
            <polyline points={known.map((p) => `${across(p.at)},${down(p.value)}`).join(" ")} />
            {known.map((p) => (
              <circle key={p.x} cx={across(p.at)} cy={down(p.value)} r={known.length > 40 ? 1.5 : 3}>
                <title>{`${name}, ${p.x}: ${shown(p.value)}`}</title>
              </circle>
            ))}
          </g>
        );
      })}
    </svg>
  );
}

function Pie({ points }) {
  const whole = points.reduce((sum, point) => sum + point.values[0], 0);
  const slices = [];
  points.reduce((from, point, at) => {
    const share = point.values[0] / whole;
    slices.push(
      <circle
        key={point.x}
        r="25"
        cx="50"
        cy="50"
        pathLength="1"
        stroke={colour(at)}
        strokeDasharray={`${share} 1`}
        strokeDashoffset={-from}
      >
        <title>{`${point.x}: ${shown(point.values[0])}`}</title>
      </circle>,
    );
    return from + share;
  }, 0);
  return (
    <div className="docsql-pie">
      <svg viewBox="0 0 100 100" role="presentation">
        {slices}
      </svg>
      <ul className="docsql-legend">
        {points.map((point, at) => (
          <li key={point.x}>
            <i style={{ background: colour(at) }} /> {point.x} <b>{shown(point.values[0])}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

const KINDS = { bar: Bars, line: Lines, pie: Pie };

export default function Chart() {
  const Drawn = KINDS[props.kind];
  return (
    <figure className="docsql-chart" role="img" aria-label={props.label}>
      <figcaption>{props.caption}</figcaption>
      <Drawn points={props.points} series={props.series} />
      {props.kind === "pie" ? null : <Legend series={props.series} />}
    </figure>
  );
}
