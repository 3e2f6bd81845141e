import { createHash } from 'node:crypto';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';
import type { Intake } from '../observations/intake.service.ts';
import { equipmentOf, keyOf, nameOf, typeOf } from './line-points.ts';
import { type Line, type LineFault, type Precision, parseLines } from './line-protocol.ts';

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
  /** @throws PERMISSION_MISSING */
  receive(scope: Scope, request: { text: string; precision: Precision }): LineRequest;
};

/** How long a request whose answer was lost is waited for to come again. */
const RETRY_WINDOW_MS = 60_000;
const RETRIES_MAX = 10_000;
const MESSAGE_FAULTS_MAX = 10;
const MESSAGE_LINE_CHARACTERS_MAX = 200;

type Parts = { intake: Intake; clock: Clock };

export function createLineProtocol({ intake, clock }: Parts): LineProtocol {
  /** When requests that were not answered came first: their lines without a time keep that time when they come again. */
  const open = new Map<string, { firstMs: number }>();
  return {
    receive(scope, { text, precision }) {
      demand(scope, 'ingest:observation:write');
      const digest = createHash('sha256').update(text).digest('hex');
      const id = `${scope.organisation} ${scope.actor.id} ${precision} ${digest}`;
      const nowMs = clock.now().getTime();
      const before = open.get(id);
      const firstMs = before && nowMs - before.firstMs < RETRY_WINDOW_MS ? before.firstMs : nowMs;
      remember(open, id, firstMs);
      return {
        async write() {
          const { lines, faults } = parseLines(text, precision);
          if (lines.length === 0 && faults.length === 0) return { stored: 0, error: null };
          const { stored, refused } = await intake.store(scope, {
            door: 'line-protocol',
            organisation: scope.organisation,
            source: null,
            token: `line ${id} ${firstMs}`,
            batch: null,
            points: toPoints(lines, firstMs * 1000),
            refused: faults.map(toRefused),
          });
          return { stored, error: describe(faults, refused, lines.length) };
        },
        end(answered) {
          if (answered) open.delete(id);
        },
      };
    },
  };
}

function remember(open: Map<string, { firstMs: number }>, id: string, firstMs: number): void {
  open.delete(id);
  open.set(id, { firstMs });
  if (open.size <= RETRIES_MAX) return;
  const oldest = open.keys().next().value;
  if (oldest !== undefined) open.delete(oldest);
}

/** Every field of every series is a point; lines of the same series come together. */
function toPoints(lines: readonly Line[], serverTimeUs: number): IncomingPoint[] {
  const points = new Map<string, IncomingPoint>();
  for (const line of lines)
    for (const [field, value] of line.fields) {
      const key = keyOf(line, field);
      let point = points.get(key);
      if (!point) {
        const definition = {
          key,
          type: typeOf(value),
          name: nameOf(line, field),
          equipment: equipmentOf(line),
        };
        point = { definition, samples: [] };
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
