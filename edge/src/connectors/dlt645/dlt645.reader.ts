import type { Sample } from '@ronghe/contracts';
import { pause } from '../../backoff.ts';
import { type Clock, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale } from '../../connection.ts';
import type { ConnectorContext } from '../../connector.ts';
import type { Dlt645Config } from './dlt645.config.ts';
import { decodeItem, encodeRead, FOLLOW_FRAMES_MAX, ITEM_BYTES_MAX, readAnswer } from './dlt645.decode.ts';
import { Dlt645Timeout, type Link } from './dlt645.link.ts';
import { createMeters, type Item645, type Meter645 } from './dlt645.meters.ts';

/** Vain requests in a row after which a meter counts as silent, and a point whose meter answers others as not answered. */
const TIMEOUTS_MAX = 3;
/** Vain requests in a row of different meters after which the line itself counts as dead. */
const LINE_TIMEOUTS_MAX = 10;
/** A point that its meter refuses is asked again after this. */
const REFUSED_RETRY_MS = 60_000;
/** A silent meter is asked again after this, doubled each time up to the most: every vain try costs the line a timeout. */
const SILENT_RETRY_FIRST_MS = 5_000;
const SILENT_RETRY_MOST_MS = 60_000;
/** For so many timeouts after one, an answer may still come that is not of the request it follows. */
const DOUBT_TIMEOUTS = 10;
/** With `onChange`, a value is repeated at least this often. */
const UNCHANGED_MS_MAX = 10_000;

export type Reader = {
  /** Asks every meter for all that is due. Throws when the line is dead or the connection gone. */
  pass(link: Link): Promise<void>;
  /** The connection is gone: every point that is not stale already becomes so. */
  lose(): void;
};

/** Reads the meters of one line, one request at a time, so that a silent one holds the others up as little as can be. */
export function createReader(options: {
  context: ConnectorContext<Dlt645Config>;
  onAnswer: () => void;
  onPoints: (points: number, failed: number) => void;
}): Reader {
  const { config, clock } = options.context;
  const meters = createMeters(config);
  const ledger = createLedger(options.context);
  const ask = createAsker(config, clock);
  let lineTimeouts = 0;

  const readMeter = async (link: Link, meter: Meter645): Promise<void> => {
    for (const [index, item] of meter.items.entries()) {
      if (item.restsUntilMs > clock.elapsedMs()) continue;
      try {
        const sample = await ask(link, item);
        lineTimeouts = 0;
        options.onAnswer();
        ledger.answered(meter);
        ledger.deliver(item, sample);
      } catch (error) {
        if (!(error instanceof Dlt645Timeout)) throw error;
        lineTimeouts += meter.isStale ? 0 : 1;
        // The next pass begins behind it, so that an item which is never answered does not hide the others.
        meter.items = [...meter.items.slice(index + 1), ...meter.items.slice(0, index + 1)];
        ledger.unanswered(meter, item);
        return;
      }
    }
  };

  const showPoints = (): void => {
    let points = 0;
    let failed = 0;
    for (const { items, isStale } of meters) {
      points += items.length;
      failed += isStale ? items.length : items.filter((item) => item.restsUntilMs !== 0).length;
    }
    options.onPoints(points, failed);
  };

  return {
    async pass(link) {
      const live = meters.filter((meter) => !meter.isStale).length;
      const deadAfter = Math.max(TIMEOUTS_MAX, Math.min(LINE_TIMEOUTS_MAX, live));
      for (const meter of meters) {
        if (meter.asksAgainMs > clock.elapsedMs()) continue;
        await readMeter(link, meter);
        if (lineTimeouts >= deadAfter) throw new Error(`${lineTimeouts} requests in a row had no answer`);
      }
      showPoints();
      if (meters.every((meter) => meter.isStale)) throw new Error('no meter answers');
    },
    lose() {
      lineTimeouts = 0;
      for (const meter of meters) {
        ledger.makeStale(meter, 'link-lost');
        meter.timeouts = 0;
        meter.asksAgainMs = 0;
        meter.vain = 0;
      }
      showPoints();
    },
  };
}

/** Asks for one item and all that follows of it. Throws Dlt645Timeout or the reason why the connection is gone. */
function createAsker(config: Dlt645Config, clock: Clock) {
  const now = () => clock.now().getTime();
  let doubtUntilMs = 0;
  const askOnce = async (link: Link, item: Item645): Promise<Sample> => {
    const parts: Buffer[] = [];
    for (let sequence = 0; sequence <= FOLLOW_FRAMES_MAX; sequence += 1) {
      const request = { meter: item.meter, id: item.id, ...(sequence === 0 ? {} : { sequence }) };
      const frame = encodeRead({ ...request, preamble: config.preamble });
      const answer = await link.ask(frame, (each) => readAnswer(each, request));
      await pause(config.pauseMs, link.gone);
      if ('refused' in answer) return [now(), null, 'bad', answer.refused];
      parts.push(answer.data);
      if (answer.hasMore) continue;
      const data = Buffer.concat(parts).subarray(0, ITEM_BYTES_MAX);
      const decoded = decodeItem(data, item.format, item.signed);
      return 'bad' in decoded ? [now(), null, 'bad', decoded.bad] : [now(), decoded.value, 'good'];
    }
    return [now(), null, 'bad', 'too-long'];
  };
  return async (link: Link, item: Item645): Promise<Sample> => {
    try {
      const sample = await askOnce(link, item);
      if (sample[2] === 'good' || clock.elapsedMs() > doubtUntilMs) return sample;
      // A refusal does not say what it refuses, so it may be the late answer to another request: ask on a quiet line.
      await pause(config.timeoutMs, link.gone);
      return await askOnce(link, item);
    } catch (error) {
      if (error instanceof Dlt645Timeout)
        doubtUntilMs = clock.elapsedMs() + DOUBT_TIMEOUTS * config.timeoutMs;
      throw error;
    }
  };
}

/** Keeps what is known of meters and items, and emits what follows from it. */
function createLedger(context: ConnectorContext<Dlt645Config>) {
  const { config, emit, log, clock, gap } = context;
  const now = () => clock.now().getTime();

  const emitSample = (item: Item645, sample: Sample): void => {
    item.lastMs = Math.max(item.lastMs, sample[0]);
    emit([{ point: item.point, sample }]);
  };
  const rest = (item: Item645): void => {
    item.unanswered = 0;
    item.last = null;
    item.restsUntilMs = clock.elapsedMs() + REFUSED_RETRY_MS;
  };
  const makeStale = (meter: Meter645, reason: string): void => {
    if (meter.isStale) return;
    meter.isStale = true;
    meter.lostReason = reason;
    for (const item of meter.items) item.last = null;
    const points = meter.items.map(({ point, lastMs }) => ({ point, afterMs: lastMs }));
    emitStale(emit, points, now());
  };

  return {
    makeStale,
    /** The meter has answered, whatever it said. */
    answered(meter: Meter645): void {
      const { answeredAt, lostReason, isStale } = meter;
      Object.assign(meter, {
        timeouts: 0,
        vain: 0,
        asksAgainMs: 0,
        answeredAt: momentOf(clock),
        isStale: false,
      });
      if (!isStale) return;
      log.info({ meter: meter.number }, 'a meter answers');
      // Nothing is known since the last answer, not since the silence was noticed.
      if (answeredAt !== null)
        gap({
          fromMs: wallMsOf(clock, answeredAt),
          toMs: now(),
          points: meter.items.length,
          filled: null,
          reason: lostReason,
        });
    },
    deliver(item: Item645, sample: Sample): void {
      const [, value, quality, reason] = sample;
      if (quality !== 'good') {
        log.warn({ point: item.point.key, reason }, 'a point cannot be read');
        rest(item);
        emitSample(item, sample);
        return;
      }
      item.unanswered = 0;
      item.restsUntilMs = 0;
      const { last } = item;
      const nowMs = clock.elapsedMs();
      const isSame = last !== null && Object.is(last.value, value) && nowMs - last.atMs < UNCHANGED_MS_MAX;
      if (config.onChange && isSame) return;
      item.last = { value, atMs: nowMs };
      emitSample(item, sample);
    },
    /** A request of the meter had no answer: it, or the item alone, may be given up for a while. */
    unanswered(meter: Meter645, item: Item645): void {
      meter.timeouts += 1;
      item.unanswered += 1;
      if (meter.timeouts >= TIMEOUTS_MAX || meter.isStale) {
        if (!meter.isStale) log.warn({ meter: meter.number }, 'a meter does not answer');
        makeStale(meter, 'meter-silent');
        const waitMs = SILENT_RETRY_FIRST_MS * 2 ** Math.min(meter.vain, 10);
        meter.asksAgainMs = clock.elapsedMs() + Math.min(SILENT_RETRY_MOST_MS, waitMs);
        meter.vain += 1;
      } else if (item.unanswered >= TIMEOUTS_MAX) {
        rest(item);
        emitSample(item, [now(), null, 'bad', 'no-answer']);
      }
    },
  };
}
