import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';
import type { Delivery, Intake } from '../observations/intake.service.ts';
import type { Outcome } from './client-answers.ts';
import { createRequestTimes } from './request-times.ts';

/** What a door has read out of a body. */
export type Reading = { points: readonly IncomingPoint[]; refused: readonly Refused[] };
/** One request on its way in. */
export type DoorRequest = {
  /** Stores it; what is wrong goes to the rejects list. @throws what `read` and `Intake.store` throw */
  store(): Promise<Outcome>;
  /** Whether the answer reached the sender: if so, the same body again is a new request, if not a retry. */
  end(answered: boolean): void;
};

/** What remote write, OTLP and JSON have in common: a body is read, stored once, and told in counts. */
export type DoorService = {
  /**
   * @param read bytes in, samples out; `nowMs` is the time for samples without one, the same when a request is repeated
   * @throws PERMISSION_MISSING
   */
  receive(
    scope: Scope,
    request: {
      door: Delivery['door'];
      body: Uint8Array;
      read: (nowMs: number) => Reading;
    },
  ): DoorRequest;
};

const MESSAGE_FAULTS_MAX = 10;
const REFUSED_SAMPLE_BYTES = 300;

export function createDoorService({ intake, clock }: { intake: Intake; clock: Clock }): DoorService {
  const times = createRequestTimes({ clock });
  return {
    receive(scope, { door, body, read }) {
      demand(scope, 'ingest:observation:write');
      const { organisation, actor } = scope;
      const time = times.begin({ door, organisation, actor: actor.id, body });
      return {
        end: time.end,
        async store() {
          const reading = await readOrKeep(intake, scope, { door, token: time.token, body }, () =>
            read(time.firstMs),
          );
          if (reading.points.length === 0 && reading.refused.length === 0)
            return { kind: 'stored', message: '', counts: { stored: 0, rejected: 0 } };
          const { token } = time;
          const delivery: Delivery = { door, organisation, source: null, token, batch: null, ...reading };
          const { stored, refused } = await intake.store(scope, delivery);
          return outcomeOf(stored, refused);
        },
      };
    },
  };
}

/** What cannot be read at all is kept too, so that a person sees what somebody tries to send. */
async function readOrKeep(
  intake: Intake,
  scope: Scope,
  { door, token, body }: { door: Delivery['door']; token: string; body: Uint8Array },
  read: () => Reading,
): Promise<Reading> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const details = (error.details ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
    const values = { ...error.values, ...(details ? { details } : {}) };
    const start = Buffer.from(body.subarray(0, REFUSED_SAMPLE_BYTES)).toString('latin1');
    const sample = start.replace(/[^\x20-\x7e]/g, '.');
    await intake.refuse(
      scope,
      { door, source: null, token },
      { code: error.code, values, point: null, sample, count: 1 },
    );
    throw error;
  }
}

function outcomeOf(stored: number, refused: readonly Refused[]): Outcome {
  const rejected = refused.reduce((sum, { count }) => sum + count, 0);
  const counts = { stored, rejected };
  if (rejected === 0) return { kind: 'stored', message: '', counts };
  const told = refused.slice(0, MESSAGE_FAULTS_MAX).map(describe);
  if (refused.length > MESSAGE_FAULTS_MAX)
    told.push(`and ${refused.length - MESSAGE_FAULTS_MAX} more faults`);
  const message = `${stored} stored, ${rejected} rejected: ${told.join('; ')}`;
  return { kind: stored > 0 ? 'partly' : 'refused', message, counts };
}

function describe({ code, point, values, count }: Refused): string {
  const reason = values.reason === undefined ? '' : ` (${values.reason})`;
  return `${code}${point === null ? '' : ` "${point}"`}${reason}${count > 1 ? ` x ${count}` : ''}`;
}
