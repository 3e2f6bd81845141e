import { createHash } from 'node:crypto';
import type { PointDefinition, Points, ResolvedGroup } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { packColumns } from '../journal/columns.ts';
import { createSlabs } from '../journal/slabs.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';
import type { Intake } from '../observations/intake.service.ts';
import { equipmentOf, keyOf, nameOf, type SeriesFields, typeOf } from './line-points.ts';
import { type FieldValue, type Line, type LineFault, type Precision, parseLine } from './line-protocol.ts';
import { createLineScanner, type Rest } from './line-scanner.ts';
import type { SeriesTable, Text } from './series-table.ts';
import { createSeriesTables } from './series-tables.ts';
import { type Stranger, strangersOf } from './strangers.ts';

/** What the sender is told; `error` is null when everything was stored. */
export type LineOutcome = { stored: number; error: string | null };

/** One request on its way in. */
export type LineRequest = {
  /** Stores it; bad lines go to the rejects list, the good ones are stored. @throws what `Intake.store` throws */
  write(): Promise<LineOutcome>;
  /** Whether the answer reached the sender: if it did, the same text again is a new request, if not a retry. */
  end(answered: boolean): void;
};

/** The door for everything that speaks the InfluxDB line protocol. */
export type LineProtocol = {
  /** `body` is the text as UTF-8 bytes, not compressed. @throws PERMISSION_MISSING */
  receive(scope: Scope, request: { body: Uint8Array; precision: Precision }): LineRequest;
};

/** How long a request whose answer was lost is waited for to come again. */
const RETRY_WINDOW_MS = 60_000;
const RETRIES_MAX = 10_000;
const MESSAGE_FAULTS_MAX = 10;
const MESSAGE_LINE_CHARACTERS_MAX = 200;
/** Series that are remembered by their text, over all organisations: about 0.6 kB each. */
const SERIES_MAX = 500_000;
const ORGANISATIONS_MAX = 200;
const US_PER_HOUR = 3_600_000_000;

type Parts = {
  intake: Intake;
  points: Pick<Points, 'resolve' | 'resolveGroups'>;
  clock: Clock;
  config: Pick<Config, 'ingestFutureHoursMax'>;
};

export function createLineProtocol({ intake, points, clock, config }: Parts): LineProtocol {
  /** When requests that were not answered came first: their lines without a time keep that time when they come again. */
  const open = new Map<string, { firstMs: number }>();
  const tables = createSeriesTables({ seriesMax: SERIES_MAX, organisationsMax: ORGANISATIONS_MAX });
  const scanner = createLineScanner();
  const slabs = createSlabs();
  return {
    receive(scope, { body, precision }) {
      demand(scope, 'ingest:observation:write');
      let id: string | null = null;
      return {
        async write() {
          const nowMs = clock.now().getTime();
          const table = tables.of(scope.organisation);
          const timeUsMax = nowMs * 1000 + config.ingestFutureHoursMax * US_PER_HOUR;
          let scan = scanner.scan(body, table, { precision, timeUsMax });
          const strangers = strangersOf(body, scan.rest, { precision, table });
          if (strangers.length > 0) {
            await meet(scope, { points, table, strangers });
            tables.forget();
            scan = scanner.scan(body, table, { precision, timeUsMax });
          }
          if (scan.columns.rows === 0 && scan.rest.length === 0) return { stored: 0, error: null };
          if (scan.rest.length > 0) id = idOf(scope, precision, body);
          const firstMs = id === null ? nowMs : firstSeen(open, id, nowMs);
          // The scanner's memory is used again by the next request: the columns are taken over before anything waits.
          const fast = packColumns(scan.columns, slabs.take);
          const readByScanner = fast.rows;
          const { lines, faults } = parseRest(body, scan.rest, precision);
          const { stored, refused } = await intake.store(scope, {
            door: 'line-protocol',
            organisation: scope.organisation,
            source: null,
            token: id === null ? '' : `line ${id} ${firstMs}`,
            batch: null,
            points: toPoints(lines, firstMs * 1000),
            columns: fast,
            refused: faults.map(toRefused),
          });
          return { stored, error: describe(faults, refused, lines.length + readByScanner) };
        },
        end(answered) {
          if (answered && id !== null) open.delete(id);
        },
      };
    },
  };
}

const idOf = (scope: Scope, precision: Precision, body: Uint8Array): string =>
  `${scope.organisation} ${scope.actor.id} ${precision} ${createHash('sha256').update(body).digest('hex')}`;

function firstSeen(open: Map<string, { firstMs: number }>, id: string, nowMs: number): number {
  const before = open.get(id);
  const firstMs = before && nowMs - before.firstMs < RETRY_WINDOW_MS ? before.firstMs : nowMs;
  remember(open, id, { firstMs }, RETRIES_MAX);
  return firstMs;
}

/** Puts an entry last and drops the first when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}

function parseRest(
  body: Uint8Array,
  rest: readonly Rest[],
  precision: Precision,
): { lines: Line[]; faults: LineFault[] } {
  const lines: Line[] = [];
  const faults: LineFault[] = [];
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (const part of rest) {
    const line = text.toString('utf8', part.start, part.end).trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line, precision);
    if ('reason' in parsed) faults.push({ number: part.number, text: line, reason: parsed.reason });
    else lines.push({ number: part.number, ...parsed });
  }
  return { lines, faults };
}

const definitionOf = (
  line: Pick<Line, 'measurement' | 'tags'>,
  field: string,
  value: FieldValue,
): PointDefinition => ({
  key: keyOf(line, field),
  type: typeOf(value),
  name: nameOf(line, field),
  equipment: equipmentOf(line),
});

/** From now on the scanner reads lines of these series. */
async function meet(
  scope: Scope,
  {
    points,
    table,
    strangers,
  }: { points: Parts['points']; table: SeriesTable; strangers: readonly Stranger[] },
): Promise<void> {
  const groups = strangers.flatMap(({ told: { group } }) => (group === null ? [] : [group]));
  const resolved = await points.resolveGroups(scope, scope.organisation, groups);
  const definitions: PointDefinition[] = [];
  for (const stranger of strangers) {
    const { told, fields } = stranger;
    if (told.group !== null) {
      const found = resolved.get(told.group.key);
      if (found) learn(table, stranger, numbersOf(fields, found));
    } else for (const field of fields.names) definitions.push(definitionOf(told.line, field, 0));
  }
  if (definitions.length === 0) return;
  const alone = await points.resolve(scope, scope.organisation, definitions);
  for (const stranger of strangers) {
    const { told, fields } = stranger;
    if (told.group !== null) continue;
    const found = fields.names.map((field) => alone.get(keyOf(told.line, field)));
    learn(
      table,
      stranger,
      found.map((point) => (point?.type === 'number' ? point.id : 0)),
    );
  }
}

/** The point of the field at each place; 0 where it is none of numbers, or the limit was hit. */
const numbersOf = (fields: SeriesFields, { keys, numbers }: ResolvedGroup): readonly number[] =>
  keys === fields.keys ? numbers : fields.keys.map((key) => numbers[keys.indexOf(key)] ?? 0);

function learn(table: SeriesTable, { series, fields }: Stranger, numbers: readonly number[]): void {
  if (!numbers.includes(0)) {
    table.learn(series, fields.texts, numbers);
    return;
  }
  const known = [...numbers.keys()].filter((place) => numbers[place] !== 0);
  if (known.length > 0)
    table.learn(
      series,
      known.map((place) => fields.texts[place] as Text),
      known.map((place) => numbers[place] as number),
    );
}

/** Every field of every series is a point; lines of the same series come together. */
function toPoints(lines: readonly Line[], serverTimeUs: number): IncomingPoint[] {
  const points = new Map<string, IncomingPoint>();
  for (const line of lines)
    for (const [field, value] of line.fields) {
      const key = keyOf(line, field);
      let point = points.get(key);
      if (!point) {
        point = { definition: definitionOf(line, field, value), samples: [] };
        points.set(key, point);
      }
      point.samples.push({ timeUs: line.timeUs ?? serverTimeUs, value, quality: 'good', reason: '' });
    }
  return [...points.values()];
}

const toRefused = ({ number, text, reason }: LineFault): Refused => ({
  code: 'LINE_INVALID',
  values: { line: number, reason },
  point: null,
  part: `line ${number}`,
  sample: text,
  count: 1,
});

/** InfluxDB's words: lines that cannot be read are told one by one, what the store refuses is counted as dropped. */
function describe(
  faults: readonly LineFault[],
  refused: readonly Refused[],
  readable: number,
): string | null {
  const dropped = refused.filter(({ code }) => code !== 'LINE_INVALID');
  if (faults.length === 0 && dropped.length === 0) return null;
  const told = faults
    .slice(0, MESSAGE_FAULTS_MAX)
    .map(({ text, reason }) => `unable to parse '${text.slice(0, MESSAGE_LINE_CHARACTERS_MAX)}': ${reason}`);
  if (faults.length > MESSAGE_FAULTS_MAX) told.push(`and ${faults.length - MESSAGE_FAULTS_MAX} more lines`);
  told.push(...dropped.slice(0, MESSAGE_FAULTS_MAX).map(describeDropped));
  const count = dropped.reduce((sum, fault) => sum + fault.count, 0);
  const text = told.join('\n');
  return readable > 0 ? `partial write: ${text} dropped=${count}` : text;
}

function describeDropped({ code, point, values }: Refused): string {
  if (code === 'VALUE_TYPE_WRONG')
    return `field type conflict: input field "${point}" already exists as type ${values.expected}`;
  if (code === 'TIME_OUT_OF_RANGE') return `time outside range for "${point}"`;
  return `${code} for "${point}"`;
}
