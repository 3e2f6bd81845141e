import { ERRORS, fillText, type OrganisationPath, type Reject } from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Events } from '#platform/events/events.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import { columnsOfRows, joinColumns, type PackedColumns, packColumns } from '../journal/columns.ts';
import type { Writer } from '../journal/writer.service.ts';
import { draftLedger, type LedgerDraft } from '../ledger/ledger.ts';
import type { Rejects } from '../rejects/rejects.service.ts';
import { draftRejects, type RejectDraft } from '../rejects/rejects.ts';
import type { Accounting } from './accounting.ts';
import type { IncomingPoint, Refused } from './batch.ts';
import type { DeliveryStore } from './deliveries.store.ts';
import { checkSample, type Row } from './observations.ts';
import type { Queue } from './queue.ts';

/** What a door hands in: samples of right shape, and what it has refused already. */
export type Delivery = {
  door: Reject['door'];
  organisation: OrganisationPath;
  /** collector, or null when the door knows none */
  source: string | null;
  /** names this delivery in the list of rejects; the same token leaves its rejects there once */
  token: string;
  /** batches of a collector are numbered; other doors have no sequence */
  batch: { epoch: string; sequence: number; content: string } | null;
  points: readonly IncomingPoint[];
  refused: readonly Refused[];
  /**
   * numbers of points the door knows by number already, checked like the others; not for batches. They are released when
   * they are in the tables.
   */
  columns?: PackedColumns;
};
export type Outcome = { duplicate: boolean; stored: number; refused: readonly Refused[] };

/**
 * The one way in. When `store` resolves, everything of the delivery is on disk: observations in the journal in front of the
 * tables, the rest in the list of rejects (of batches: in the journal with them). The good part of a delivery never waits for
 * its bad part.
 */
export type Intake = {
  /**
   * @throws PERMISSION_MISSING, NOT_FOUND (organisation outside the scope), BATCH_SEQUENCE_CONFLICT, INGEST_OVERLOADED,
   *   REQUEST_TOO_LARGE, SHUTTING_DOWN, ENGINE_UNAVAILABLE; after the last four the same delivery may be sent again
   */
  store(scope: Scope, delivery: Delivery): Promise<Outcome>;
  /** Keeps something that could not even be read as a delivery. */
  refuse(scope: Scope, delivery: Pick<Delivery, 'door' | 'source' | 'token'>, fault: Refused): Promise<void>;
};

type Parts = {
  queue: Queue;
  writer: Writer;
  accounting: Accounting;
  points: Points;
  deliveries: DeliveryStore;
  rejects: Rejects;
  events: Events;
  metrics: Metrics;
  clock: Clock;
  ids: Ids;
  config: Config;
  log: Log;
};

export function createIntake(parts: Parts): Intake {
  const { queue, metrics, clock } = parts;
  metrics.describe('ronghe_ingest_samples_total', 'Samples by door and outcome: stored, rejected, duplicate');
  metrics.describe(
    'ronghe_ingest_overloads_total',
    'Deliveries sent back because the queue was full, by door',
  );
  let lastReceivedMs = 0;
  /** Never runs backwards, because the newer of two rows is the one received later. */
  const receivedNow = () => {
    lastReceivedMs = Math.max(lastReceivedMs, clock.now().getTime());
    return lastReceivedMs;
  };

  const batch = async (scope: Scope, delivery: Delivery): Promise<Outcome> => {
    if (await isKnown(parts, scope, delivery)) {
      count(metrics, delivery.door, 'duplicate', sampleCount(delivery));
      return { duplicate: true, stored: 0, refused: [] };
    }
    return journal(parts, scope, { delivery, receivedMs: receivedNow() });
  };

  return {
    async store(scope, delivery) {
      demand(scope, 'ingest:observation:write');
      demandCovers(scope, delivery.organisation, delivery.organisation);
      const request = {
        samples: Math.max(1, sampleCount(delivery)),
        source: delivery.source === null ? delivery.token : `${delivery.organisation} ${delivery.source}`,
      };
      try {
        return delivery.batch
          ? await queue.run(request, () => batch(scope, delivery))
          : await journal(parts, scope, { delivery, receivedMs: receivedNow() });
      } catch (error) {
        if (error instanceof AppError && error.code === 'INGEST_OVERLOADED')
          metrics.count('ronghe_ingest_overloads_total', 1, { door: delivery.door });
        throw error;
      }
    },

    async refuse(scope, { door, source, token }, fault) {
      demand(scope, 'ingest:observation:write');
      const delivery: Delivery = {
        door,
        source,
        token,
        organisation: scope.organisation,
        batch: null,
        points: [],
        refused: [fault],
      };
      await queue.run({ samples: 1, source: token }, async () => {
        await refuse(parts, scope, { delivery, refused: delivery.refused });
        tellRefused(parts, delivery, delivery.refused);
      });
    },
  };
}

/**
 * Durable in the journal, then what was refused; with a batch both at once. A request without a number that is sent again
 * because something failed between the two puts the same values at the same times.
 */
async function journal(
  parts: Parts,
  scope: Scope,
  { delivery, receivedMs }: { delivery: Delivery; receivedMs: number },
): Promise<Outcome> {
  const { writer } = parts;
  const { organisation, door, source, batch } = delivery;
  const { rows, refused, ledger } = await sort(parts, scope, { delivery, receivedMs });
  // Of two rows of one point and time the later one counts: rows of one request are kept apart all or none.
  const hasReasons = rows.number.some(({ reason, serverMs }) => reason !== '' || serverMs !== undefined);
  const columns = packedOf(delivery.columns, hasReasons ? [] : rows.number);
  const reasoned = hasReasons ? rows.number : [];
  const stored = columns.rows + reasoned.length + rows.text.length;
  const numbered = batch && {
    ...batch,
    rejected: refusedCount(refused),
    rejects: draftsOf(parts, delivery, refused),
    ledger: ledger.entries(),
  };
  if (stored > 0 || numbered)
    await writer.write({
      organisation,
      door,
      source,
      batch: numbered,
      receivedMs,
      columns,
      texts: rows.text,
      reasoned,
    });
  if (refused.length > 0 && !numbered) await refuse(parts, scope, { delivery, refused });
  tellRefused(parts, delivery, refused);
  return { duplicate: false, stored, refused };
}

/** Known columns first, then rows that came with keys. */
function packedOf(known: PackedColumns | undefined, rows: readonly Row[]): PackedColumns {
  if (known && rows.length === 0) return known;
  const more = columnsOfRows(rows);
  const packed = packColumns(known ? joinColumns(known, more) : more);
  known?.release();
  return packed;
}

const sampleCount = ({ points, refused }: Delivery): number =>
  points.reduce((sum, { samples }) => sum + samples.length, 0) + refusedCount(refused);
const refusedCount = (refused: readonly Refused[]) => refused.reduce((sum, fault) => sum + fault.count, 0);

function count(metrics: Metrics, door: string, outcome: string, samples: number): void {
  if (samples > 0) metrics.count('ronghe_ingest_samples_total', samples, { door, outcome });
}

/** True when this sequence came before. @throws BATCH_SEQUENCE_CONFLICT when the last one had other content */
async function isKnown(
  { deliveries, writer }: Parts,
  scope: Scope,
  { organisation, source, batch }: Delivery,
): Promise<boolean> {
  if (!batch || source === null) return false;
  const key = { organisation, source, epoch: batch.epoch };
  const last = writer.batch(key) ?? (await deliveries.last(scope, key));
  if (!last || batch.sequence > last.sequence) return false;
  if (batch.sequence === last.sequence && batch.content !== last.content)
    throw new AppError('BATCH_SEQUENCE_CONFLICT', { sequence: batch.sequence });
  return true;
}

type Sorted = { rows: { number: Row[]; text: Row[] }; refused: Refused[]; ledger: LedgerDraft };

/** Finds the points, then separates what may be stored from what may not. */
async function sort(
  { points, config, accounting }: Parts,
  scope: Scope,
  { delivery, receivedMs }: { delivery: Delivery; receivedMs: number },
): Promise<Sorted> {
  const definitions = delivery.points.map(({ definition }) => definition);
  const resolved =
    definitions.length > 0 ? await points.resolve(scope, delivery.organisation, definitions) : new Map();
  const limits = { nowMs: receivedMs, futureHoursMax: config.ingestFutureHoursMax };
  const ledger = draftLedger();
  const sorted: Sorted = { rows: { number: [], text: [] }, refused: [...delivery.refused], ledger };
  for (const { definition, samples, counts } of delivery.points) {
    const { key } = definition;
    const point = resolved.get(key);
    if (!point) {
      const values = { max: config.ingestPointsMax };
      sorted.refused.push({
        code: 'POINT_LIMIT',
        values,
        point: key,
        sample: samples[0],
        count: samples.length,
      });
      continue;
    }
    accounting.know(point);
    if (counts) ledger.told(point.id, counts);
    const target = point.type === 'text' ? sorted.rows.text : sorted.rows.number;
    const faults = new Map<string, Refused>();
    for (const sample of samples) {
      const row = checkSample(sample, { key, ...point }, limits);
      if ('code' in row) {
        if (counts) ledger.rejected(point.id, sample);
        const known = faults.get(row.code);
        if (known) known.count += 1;
        else faults.set(row.code, { ...row, point: key, sample, count: 1 });
        continue;
      }
      target.push(row);
    }
    sorted.refused.push(...faults.values());
  }
  return sorted;
}

const draftsOf = ({ ids }: Parts, delivery: Delivery, refused: readonly Refused[]): RejectDraft[] => {
  const { organisation, source, door, token: request } = delivery;
  return draftRejects(refused, { request, organisation, door, source, nextId: () => ids.next() });
};

/** Rejects and their count in one transaction. */
async function refuse(
  parts: Parts,
  scope: Scope,
  { delivery, refused }: { delivery: Delivery; refused: readonly Refused[] },
): Promise<void> {
  const { deliveries, rejects, clock } = parts;
  const drafts = draftsOf(parts, delivery, refused);
  const { organisation } = delivery;
  const rejected = refusedCount(refused);
  await deliveries.refuse(scope, { organisation, rejected, rejects: drafts, now: clock.now() });
  await rejects.added(drafts.length);
}

function tellRefused(
  { events, metrics, log }: Parts,
  { door, organisation, source }: Delivery,
  refused: readonly Refused[],
): void {
  const rejected = refusedCount(refused);
  if (rejected === 0) return;
  events.publish('ingest.rejected', { organisation, count: rejected });
  const [first] = refused;
  const reason = first ? fillText(ERRORS[first.code].message.en, first.values) : '';
  log.warn({ door, organisation, source, rejected, code: first?.code, reason }, 'samples were rejected');
  count(metrics, door, 'rejected', rejected);
}
