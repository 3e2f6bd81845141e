import { PassThrough } from 'node:stream';
import type { LatestValue } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';

export const LIVE_CONNECTIONS_MAX = 500;
export const LIVE_CONNECTIONS_PER_CALLER_MAX = 20;
const HEARTBEAT_MS = 15_000;
/** Changes of this long go into one message. */
const GATHER_MS = 100;
const RECONNECT_MS = 2_000;

/** One server-sent event stream: a slow reader gets the newest value of each point later, never a growing queue. */
export type LiveStream = {
  readonly stream: PassThrough;
  send(value: LatestValue): void;
  onClose(action: () => void): void;
};

/** The open streams of this process, bounded over all and for each caller. */
export type LiveStreams = {
  /**
   * `isAllowed` is asked at every heartbeat: a stream ends when its caller signs out or loses the right.
   * @throws LIVE_LIMIT, SHUTTING_DOWN
   */
  open(caller: string, isAllowed: () => Promise<boolean>): LiveStream;
  count(): number;
  /** Ends all streams and opens no new ones. */
  close(): void;
};

export function createLiveStreams({
  heartbeatMs = HEARTBEAT_MS,
}: {
  heartbeatMs?: number;
} = {}): LiveStreams {
  const open = new Map<PassThrough, string>();
  let closed = false;
  return {
    open(caller, isAllowed) {
      if (closed) throw new AppError('SHUTTING_DOWN');
      const own = [...open.values()].filter((other) => other === caller).length;
      if (open.size >= LIVE_CONNECTIONS_MAX) throw new AppError('LIVE_LIMIT', { max: LIVE_CONNECTIONS_MAX });
      if (own >= LIVE_CONNECTIONS_PER_CALLER_MAX)
        throw new AppError('LIVE_LIMIT', { max: LIVE_CONNECTIONS_PER_CALLER_MAX });
      const live = createStream(isAllowed, heartbeatMs);
      open.set(live.stream, caller);
      live.onClose(() => void open.delete(live.stream));
      return live;
    },
    count: () => open.size,
    close() {
      closed = true;
      for (const stream of open.keys()) stream.end();
    },
  };
}

function createStream(isAllowed: () => Promise<boolean>, heartbeatMs: number): LiveStream {
  const stream = new PassThrough();
  const waiting = new Map<number, LatestValue>();
  let gathering: NodeJS.Timeout | undefined;

  const flush = () => {
    gathering = undefined;
    if (waiting.size === 0 || stream.writableNeedDrain || stream.writableEnded) return;
    stream.write(`event: latest\ndata: ${JSON.stringify([...waiting.values()])}\n\n`);
    waiting.clear();
  };
  const beat = async () => {
    const allowed = await isAllowed().catch(() => false);
    if (!allowed) stream.end();
    else if (!stream.writableNeedDrain && !stream.writableEnded) stream.write(': still here\n\n');
  };
  const heartbeat = setInterval(() => void beat(), heartbeatMs);
  stream.on('drain', flush);
  stream.on('close', () => {
    clearInterval(heartbeat);
    clearTimeout(gathering);
  });
  stream.on('error', () => stream.destroy());
  stream.write(`retry: ${RECONNECT_MS}\n\n`);
  return {
    stream,
    send(value) {
      waiting.set(value.point, value);
      gathering ??= setTimeout(flush, GATHER_MS);
    },
    onClose(action) {
      if (stream.destroyed) action();
      else stream.once('close', action);
    },
  };
}
