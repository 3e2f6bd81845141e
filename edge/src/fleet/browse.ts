import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { BROWSE_ITEMS_MAX, type BrowseItem, type CollectorQuestion } from '@ronghe/contracts';
import type { Connections } from '../connections.ts';
import type { Connector, BrowseItem as Found } from '../connector.ts';
import { BROWSABLE, type Written } from '../connectors/registry.ts';
import { BROWSED_APART, forBrowsing } from '../connectors/trial.ts';
import { deadline } from '../deadline.ts';
import { type Draft, type DraftOptions, openDraft } from './drafts.ts';

type Browse = Extract<CollectorQuestion, { kind: 'browse' }>;

/** A draft that is looked through lives so long after its last use, so that a click in a tree does not connect anew. */
export const DRAFT_KEEP_MS = 60_000;
/** Most drafts that are looked through at once; the one unused for longest gives way. */
export const DRAFTS_MAX = 4;
/** Longest wait until a draft is connected. */
const CONNECT_MS_MAX = 15_000;

/** Looks through what devices offer: through a connection that runs, or one that is not saved yet. */
export type Browser = {
  /** Throws an error for people. */
  browse(question: Browse, signal: AbortSignal): Promise<BrowseItem[]>;
  stop(): Promise<void>;
};

type Kept = { opening: Promise<Draft>; usedMs: number; users: number; timer: NodeJS.Timeout | null };

export function createBrowser(
  options: DraftOptions & { connections: Connections; keepMs?: number },
): Browser {
  const drafts = new Map<string, Kept>();
  let isStopped = false;

  const close = async (id: string): Promise<ReturnType<Draft['close']> | null> => {
    const kept = drafts.get(id);
    drafts.delete(id);
    if (kept === undefined) return null;
    if (kept.timer !== null) clearTimeout(kept.timer);
    const draft = await kept.opening.catch(() => null);
    return draft === null ? null : draft.close();
  };

  const makeRoom = (): void => {
    if (drafts.size < DRAFTS_MAX) return;
    const [oldest] = [...drafts]
      .filter(([, { users }]) => users === 0)
      .sort(([, a], [, b]) => a.usedMs - b.usedMs);
    if (oldest === undefined) throw new Error(`${DRAFTS_MAX} unsaved connections are looked through already`);
    void close(oldest[0]);
  };

  /** Works with the draft of this connection, opening it when there is none. */
  const withDraft = async <Result>(
    written: Written,
    signal: AbortSignal,
    work: (connector: Connector) => Promise<Result>,
  ): Promise<Result> => {
    const id = createHash('sha256').update(JSON.stringify(written)).digest('hex');
    if (!drafts.has(id)) makeRoom();
    const kept = drafts.get(id) ?? {
      opening: openDraft(written, () => undefined, options),
      usedMs: 0,
      users: 0,
      timer: null,
    };
    drafts.set(id, kept);
    kept.users += 1;
    if (kept.timer !== null) clearTimeout(kept.timer);
    try {
      const draft = await kept.opening.catch((error: unknown) => {
        drafts.delete(id);
        throw error;
      });
      const over = deadline(signal, CONNECT_MS_MAX);
      const isConnected = await draft.connected(over.signal);
      over.end();
      if (!isConnected) {
        const reason = draft.error() ?? 'it has not answered';
        const certificate = await close(id);
        throw new Error(
          certificate === null
            ? `the device cannot be reached: ${reason}`
            : `the certificate of the server is not trusted yet: trust ${certificate.thumbprint} first (${certificate.subject})`,
        );
      }
      return await work(draft.connector);
    } finally {
      kept.users -= 1;
      kept.usedMs = performance.now();
      if (drafts.get(id) === kept && kept.users === 0) {
        if (isStopped) void close(id);
        else kept.timer = setTimeout(() => void close(id), options.keepMs ?? DRAFT_KEEP_MS).unref();
      }
    }
  };

  return {
    async browse({ connection, node, limit }, signal) {
      const { connector, written } = runningOf(options.connections, connection);
      const protocol = written?.protocol ?? (typeof connection === 'string' ? '' : connection.protocol);
      const request = { node, limit: Math.min(limit, BROWSE_ITEMS_MAX) };
      const look = async (through: Connector): Promise<BrowseItem[]> => {
        if (through.browse === undefined)
          throw new Error(`a connection with protocol ${protocol} cannot tell what its device offers`);
        return (await through.browse(request)).slice(0, request.limit).flatMap(itemOf);
      };
      if (connector !== null && !BROWSED_APART.has(protocol)) return look(connector);
      const draft = typeof connection === 'string' ? written : connection;
      if (draft === null) throw new Error(`no connection with the name ${connection} runs here`);
      if (!BROWSABLE.includes(protocol))
        throw new Error(`a connection with protocol ${protocol} cannot tell what its device offers`);
      return withDraft(forBrowsing(draft), signal, look);
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled([...drafts.keys()].map(close));
    },
  };
}

/** What runs for a question: by name, or as written but for its points, since a device may take one connection only. */
function runningOf(
  connections: Connections,
  asked: Browse['connection'],
): { connector: Connector | null; written: Written | null } {
  const found = connections.find(typeof asked === 'string' ? asked : asked.name);
  if (found === null) return { connector: null, written: null };
  const isSame =
    typeof asked === 'string' ||
    isDeepStrictEqual({ ...asked, points: null }, { ...found.written, points: null });
  return isSame ? found : { connector: null, written: null };
}

const cut = <Text extends string | null>(text: Text, most: number): Text =>
  (text === null ? null : text.slice(0, most)) as Text;

/** An item within the limits of the contract; one whose id does not fit is left out, for it could not be read. */
function itemOf(item: Found): BrowseItem[] {
  if (item.id.length > 4_096) return [];
  const { value, config } = item;
  return [
    {
      id: item.id,
      name: cut(item.name, 1_000),
      kind: item.kind,
      type: item.type,
      unit: cut(item.unit, 100),
      description: cut(item.description, 2_000),
      ...(value === undefined ? {} : { value: typeof value === 'string' ? cut(value, 500) : value }),
      ...(config === undefined ? {} : { config: { ...config } }),
    },
  ];
}
