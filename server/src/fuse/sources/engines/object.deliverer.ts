import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Analytics } from '#platform/db/analytics.ts';
import type { ForeignFile } from '#platform/db/foreign.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import type { Deliverer, DelivererContext, DeliveryRequest, Spool } from '../delivery.ts';
import { reasonTexts } from '../reasons.ts';
import { type Demand, leftOf, toSourceError } from './foreign.ts';

export type ObjectConnection = Extract<StoredConnection, { kind: 'object' }>;
export type ObjectParts = {
  analytics: Pick<Analytics, 'foreign'>;
  demand: Demand;
  connection: ObjectConnection;
  secretKey: string;
};

const FILES_MAX = 1_000;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Reads a file by http(s), or one or several of an S3 store, each whole. Text formats land in the spool byte for byte and are
 * read there as an uploaded file is; Parquet as rows. The host keeps its name, because TLS and virtual hosts need it; redirects
 * are refused.
 */
export function createObjectDeliverer(parts: ObjectParts, context: DelivererContext): Deliverer {
  return {
    async deliver(spool: Spool, request: DeliveryRequest) {
      try {
        await deliverFiles(parts, spool, request, context);
        return { mode: 'full', bookmark: null };
      } catch (error) {
        throw toSourceError(error, context.source);
      }
    },
  };
}

async function deliverFiles(
  { analytics, demand, connection, secretKey }: ObjectParts,
  spool: Spool,
  request: DeliveryRequest,
  context: DelivererContext,
): Promise<void> {
  const { url, store, format, accessKey } = connection;
  const { hostname, port, protocol } = new URL(url);
  await demand(hostname, Number(port) || (PORTS[protocol] ?? 0));
  const fetched = { rows: 0, bytes: 0, startedAt: performance.now() };
  const file: ForeignFile = { kind: store, url, format, accessKey, secretKey };
  for (const path of await pathsOf(analytics, file, request, context)) {
    const name = basename(path ?? new URL(url).pathname) || hostname;
    await request.tell(null, name);
    const target = join(spool.folder, `part-${randomUUID()}.${format === 'csv' ? 'csv' : 'jsonl'}`);
    const { rows, bytes } = await analytics.foreign.fetchInto(
      target,
      { ...file, path },
      leftOf(request, fetched),
    );
    fetched.rows += rows ?? 0;
    fetched.bytes += bytes;
    await spool.addFile({
      path: target,
      name,
      options: { format: format === 'parquet' ? 'compact' : format },
    });
  }
  context.log.info({ source: context.source, bytes: fetched.bytes }, 'Read files of another system');
}

async function pathsOf(
  analytics: ObjectParts['analytics'],
  file: ForeignFile,
  { signal, limits }: DeliveryRequest,
  { source }: DelivererContext,
): Promise<(string | undefined)[]> {
  if (file.kind !== 's3' || !new URL(file.url).pathname.includes('*')) return [undefined];
  const paths = await analytics.foreign.files(file, {
    rowsMax: FILES_MAX,
    timeoutMs: limits.timeMsMax,
    signal,
  });
  if (paths.length === 0)
    throw new AppError('SOURCE_UNREACHABLE', { source, ...reasonTexts('there is no such file') });
  return paths;
}
