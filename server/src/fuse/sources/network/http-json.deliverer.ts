import { AppError } from '#platform/errors/errors.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import type { Delivered, Deliverer, DelivererContext, DeliveryRequest, Spool } from '../delivery.ts';
import { reasonTexts } from '../reasons.ts';
import { at, jsonOf, readList } from './http-answer.ts';
import { createPager, firstPageUrl, joinUrl, type ListPage, readingOf } from './http-paging.ts';
import { createHttpSession } from './http-session.reader.ts';
import { createWatermark } from './watermark.ts';

const PAGES_MAX = 20_000;

type Row = Readonly<Record<string, unknown>>;
type Page = { rows: readonly Row[]; page: ListPage; bytes: number };
type Options = {
  connection: Extract<StoredConnection, { kind: 'http-json' }>;
  secrets: { password?: string | undefined };
  watermarkField: string | null;
  guard: Pick<TargetGuard, 'request'>;
  context: DelivererContext;
  clock?: { now(): Date };
};

/**
 * Reads a JSON list over HTTP, page by page, with a token that is renewed when it runs out. A list that ends before its own
 * total, repeats itself or answers anything but JSON fails the delivery. With `sinceParameter` and a watermark field the
 * bookmark `{ since }` is the highest value seen, and a run that starts from one is incremental.
 */
export function createHttpJsonDeliverer(options: Options): Deliverer {
  const { connection, watermarkField, context } = options;
  const reading = readingOf(connection.reading);
  const clock = options.clock ?? { now: () => new Date() };
  const session = createHttpSession({
    connection,
    reading,
    password: options.secrets.password ?? '',
    guard: options.guard,
    context,
    clock,
  });
  const { unreachable } = session;
  const tooLarge = (reason: string) =>
    new AppError('SOURCE_TOO_LARGE', { source: context.source, ...reasonTexts(reason) });

  /** null when there is no such page and none had to be. */
  async function readPage(url: string, probe: boolean, signal: AbortSignal): Promise<Page | null> {
    const answer = await session.get(url, { signal, mayBeAbsent: probe });
    if (answer === null) return null;
    const contentType = answer.headers['content-type'];
    const link = Array.isArray(answer.headers.link) ? answer.headers.link.join(', ') : answer.headers.link;
    const list = readList(reading, { body: jsonOf(answer.body, contentType), link, url, contentType });
    if ('fault' in list) throw unreachable(list.fault);
    return { ...list, bytes: answer.body.byteLength };
  }

  /** Where the list stands, with the watermark of the run before when there is one. */
  function listUrl(since: unknown): URL {
    const list = new URL(joinUrl(connection.url, connection.listPath));
    if (reading.sinceParameter !== null && since !== null)
      list.searchParams.set(reading.sinceParameter, String(since));
    return list;
  }

  async function readAll(
    spool: Spool,
    { signal, limits, beginning = false, tell }: DeliveryRequest,
    since: unknown,
  ) {
    const list = listUrl(since);
    const pager = createPager(reading, list);
    const watermark = createWatermark({ before: since, now: clock.now() });
    let next = { url: firstPageUrl(reading, list), probe: false };
    let bytes = 0;
    for (let number = 1; number <= PAGES_MAX; number += 1) {
      signal.throwIfAborted();
      const { url, probe } = next;
      if (new URL(url).origin !== list.origin)
        throw new AppError('SOURCE_TARGET_REFUSED', { target: new URL(url).host });
      const found = await readPage(url, probe, signal);
      if (found === null) return watermark;
      const step = pager.next(found.page);
      bytes += found.bytes;
      if (!beginning && Math.max(pager.read(), found.page.total ?? 0) > limits.rowsMax)
        throw tooLarge(`more than ${limits.rowsMax} rows`);
      if (bytes > limits.bytesMax) throw tooLarge(`more than ${limits.bytesMax} bytes`);
      if (step.fresh && found.rows.length > 0) {
        await spool.add(found.rows);
        if (watermarkField !== null)
          for (const row of found.rows) watermark.see(fieldOf(row, watermarkField));
      }
      const { total } = found.page;
      await tell(total ? Math.min(1, pager.read() / total) : null, `已读取 ${pager.read()} 行`);
      if ('fault' in step.next) throw unreachable(step.next.fault);
      if ('end' in step.next) return watermark;
      next = step.next;
    }
    throw tooLarge(`more than ${PAGES_MAX} pages`);
  }

  return {
    async deliver(spool, request): Promise<Delivered> {
      const incremental = watermarkField !== null && reading.sinceParameter !== null;
      const since = incremental ? sinceOf(request.bookmark) : null;
      const time = startTime(request);
      try {
        const watermark = await readAll(spool, { ...request, signal: time.signal }, since);
        const highest = incremental ? watermark.highest() : null;
        return {
          mode: since === null ? 'full' : 'incremental',
          bookmark: highest === null ? null : { since: highest },
        };
      } catch (error) {
        request.signal.throwIfAborted();
        if (time.late()) throw tooLarge(`not read within ${request.limits.timeMsMax / 1_000} s`);
        throw error;
      } finally {
        time.end();
      }
    },
  };
}

/** The caller's signal and the time a delivery may take as one signal. */
function startTime({ signal, limits }: DeliveryRequest) {
  const controller = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, limits.timeMsMax);
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    signal: controller.signal,
    late: () => late,
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}

function sinceOf(bookmark: unknown): string | number | null {
  const since = at(bookmark, 'since');
  return typeof since === 'string' || typeof since === 'number' ? since : null;
}

const fieldOf = (row: Row, field: string): unknown =>
  Object.hasOwn(row, field) ? row[field] : at(row, field);
