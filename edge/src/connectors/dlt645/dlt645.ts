import { createBackoff } from '../../backoff.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { BrowseItem, Connector, ConnectorContext } from '../../connector.ts';
import { createPolling, hostAndPort } from '../../polling.ts';
import type { Dlt645Config } from './dlt645.config.ts';
import { parseFormat, typeOfFormat } from './dlt645.decode.ts';
import { COMMON_IDS, itemOf } from './dlt645.items.ts';
import { openLink } from './dlt645.link.ts';
import { createReader } from './dlt645.reader.ts';

/** Polls the meters of one line of DL/T 645-2007; one request at a time. */
export function createDlt645(context: ConnectorContext<Dlt645Config>): Connector {
  const { config, clock, log } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const reader = createReader({
    context,
    // A gateway that takes the connection is not yet a meter that answers.
    onAnswer: () => {
      backoff.reset();
      if (tracker.state().state !== 'connected') log.info('the line answers');
      tracker.become('connected');
    },
    onPoints: tracker.points,
  });

  const lose = (reason: unknown): void => {
    if (tracker.state().state === 'connected')
      log.warn({ reason: messageOf(reason) }, 'the line cannot be reached');
    tracker.failed(reason);
    tracker.become('disconnected');
    reader.lose();
  };

  const polling = createPolling({
    intervalMs: config.intervalMs,
    clock,
    tracker,
    backoff,
    open: (signal) =>
      openLink({
        ...hostAndPort(config.endpoint),
        timeoutMs: config.timeoutMs,
        signal,
        reached: tracker.reached,
      }),
    pass: reader.pass,
    lost: lose,
  });
  return {
    ...polling,
    state: tracker.state,
    browse: async ({ node, limit }) => browse(config, node, limit),
  };
}

/** The configured meters, and below each the identifiers that are read most; which of them it has is not known. */
function browse(config: Dlt645Config, node: string | null, limit: number): BrowseItem[] {
  const meters = [...new Set(config.points.map((point) => point.meter ?? config.meter ?? ''))];
  if (node === null)
    return meters.slice(0, limit).map((meter) => ({
      id: meter,
      name: meter,
      kind: 'folder',
      type: null,
      unit: null,
      description: null,
    }));
  if (!meters.includes(node)) throw new Error(`there is no meter ${node}`);
  return COMMON_IDS.slice(0, limit).flatMap((id) => {
    const item = itemOf(id);
    const format = parseFormat(item?.format ?? '');
    if (item === null || format === null) return [];
    return [
      {
        id,
        name: item.name,
        kind: 'point',
        type: typeOfFormat(format),
        unit: item.unit === '' ? null : item.unit,
        description: item.format,
      },
    ];
  });
}
