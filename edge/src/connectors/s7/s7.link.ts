import { type Reached, timed } from '../../link-health.ts';
import { openSocket } from '../../tcp-socket.ts';
import {
  type Answer,
  connectRequest,
  createFrameReader,
  dataFrames,
  type Item,
  type ItemAnswer,
  parsePdu,
  parseReadAnswer,
  parseSetup,
  parseTpdu,
  readRequest,
  S7FormatError,
  setupRequest,
  type Tpdu,
} from './s7.frame.ts';

/** Longest PDU that is put together from several TPDUs; we never agree to more than 960. */
const PDU_BYTES_MAX = 4_096;
const JOB_NUMBER_MAX = 0xffff;

/** Errors of a whole job (class and code in the header of S7comm), as reasons of samples. */
const JOB_ERRORS: ReadonlyMap<number, string> = new Map([
  [0x8100, 'service-unknown'],
  [0x8104, 'function-not-available'],
  [0x8302, 'no-resources'],
  [0x8305, 'function-not-available'],
  [0x8404, 'function-not-possible'],
  [0x8500, 'wrong-frame'],
  [0x8701, 'address-error'],
  [0x8702, 'service-not-supported'],
  [0x8703, 'access-denied'],
  [0xd0a1, 'protection-level'],
]);
/** Error classes that speak of what was asked for: frame and parameters (0x85), access (0x87). */
const CLASSES_OF_ITEMS: readonly number[] = [0x85, 0x87];

/** The PLC refused a whole job. `splits` when asking for less at a time may succeed. */
export class S7Refused extends Error {
  readonly splits: boolean;
  constructor(error: number) {
    super(JOB_ERRORS.get(error) ?? `error-0x${error.toString(16).padStart(4, '0')}`);
    this.name = 'S7Refused';
    this.splits = CLASSES_OF_ITEMS.includes(error >> 8);
  }
}

/** No answer in time; the connection may still be good. */
export class S7Timeout extends Error {
  constructor() {
    super('no answer in time');
    this.name = 'S7Timeout';
  }
}

/** One open connection to a PLC, with what was settled for it. */
export type Link = {
  pduBytes: number;
  /** Most jobs that the PLC takes at a time; the caller keeps to it. */
  jobsMax: number;
  /** Throws S7Refused, S7Timeout, or the reason why the connection is gone. */
  read(items: readonly Item[]): Promise<ItemAnswer[]>;
  /** Aborted, with the reason, when the connection is gone. */
  gone: AbortSignal;
  close(): void;
};

/**
 * Connects in three steps: TCP, transport (COTP), setup of S7. Throws what the network or the PLC says. Aborting the
 * signal ends an attempt and an open link. Bytes that are no frame close the connection.
 */
export async function openLink(options: {
  host: string;
  port: number;
  localTsap: number;
  remoteTsap: number;
  timeoutMs: number;
  signal: AbortSignal;
  reached: Reached;
}): Promise<Link> {
  const { reached } = options;
  const { socket, gone } = await openSocket({ ...options, peer: 'the PLC' });
  reached({ address: socket.remoteAddress });
  const jobs = createJobs(options.timeoutMs, gone);
  let connected: ((tpduBytes: number) => void) | null = null;
  let pdu: Buffer[] = [];
  let pduBytes = 0;

  const take = (tpdu: Tpdu): void => {
    switch (tpdu.kind) {
      case 'connected':
        connected?.(tpdu.tpduBytes);
        break;
      case 'disconnect':
        throw new Error(
          `the PLC refused or ended the connection (reason ${tpdu.reason}); do rack, slot or TSAP fit, and is a connection free?`,
        );
      case 'error':
        throw new Error(`the PLC did not understand a TPDU (cause ${tpdu.cause})`);
      case 'data':
        pdu.push(tpdu.bytes);
        pduBytes += tpdu.bytes.length;
        if (pduBytes > PDU_BYTES_MAX || pdu.length > PDU_BYTES_MAX)
          throw new S7FormatError('a PDU without end');
        if (!tpdu.last) return;
        jobs.answered(parsePdu(Buffer.concat(pdu)));
        pdu = [];
        pduBytes = 0;
    }
  };
  const frames = createFrameReader();
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) take(parseTpdu(frame));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });

  try {
    const tpduBytes = await within<number>(
      options.timeoutMs,
      gone,
      'the PLC did not answer the connection request',
      (resolve) => {
        connected = resolve;
        socket.write(connectRequest(options));
      },
    );
    const send = (bytes: Buffer) => socket.write(dataFrames(bytes, tpduBytes));
    const setup = jobs
      .ask((job) => send(setupRequest(job)))
      .catch((error: unknown) => {
        throw error instanceof S7Refused ? new Error(`the PLC refused the setup: ${error.message}`) : error;
      });
    const settled = parseSetup(await setup);
    return {
      ...settled,
      async read(items) {
        const answer = await timed(reached, () => jobs.ask((job) => send(readRequest(job, items))));
        return parseReadAnswer(answer, items);
      },
      gone,
      close: () => socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Settles by what `start` does with its argument; rejects after a time or with the reason why the link is gone. */
function within<T>(
  timeMs: number,
  gone: AbortSignal,
  message: string,
  start: (resolve: (value: T) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const lost = () => {
      clearTimeout(timer);
      reject(gone.reason);
    };
    const done = (settle: () => void) => {
      clearTimeout(timer);
      gone.removeEventListener('abort', lost);
      settle();
    };
    const timer = setTimeout(() => done(() => reject(new Error(message))), timeMs);
    if (gone.aborted) return lost();
    gone.addEventListener('abort', lost, { once: true });
    start((value) => done(() => resolve(value)));
  });
}

type Jobs = {
  /** Gives the job a number, starts it, and waits for its answer. Rejects with S7Refused, S7Timeout or the loss. */
  ask(send: (job: number) => void): Promise<Answer>;
  /** What came; an answer that nobody waits for any longer is left. */
  answered(answer: Answer | null): void;
};

/** Answers find their job by its number, so that a late one is never taken for another. */
function createJobs(timeoutMs: number, gone: AbortSignal): Jobs {
  const waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (reason: unknown) => void; timer: NodeJS.Timeout }
  >();
  let last = 0;
  gone.addEventListener(
    'abort',
    () => {
      for (const job of waiting.values()) {
        clearTimeout(job.timer);
        job.reject(gone.reason);
      }
      waiting.clear();
    },
    { once: true },
  );
  return {
    ask: (send) =>
      new Promise((resolve, reject) => {
        if (gone.aborted) return reject(gone.reason);
        last = last >= JOB_NUMBER_MAX ? 1 : last + 1;
        const job = last;
        const timer = setTimeout(() => {
          waiting.delete(job);
          reject(new S7Timeout());
        }, timeoutMs);
        waiting.set(job, { resolve, reject, timer });
        send(job);
      }),
    answered(answer) {
      const job = answer === null ? undefined : waiting.get(answer.job);
      if (answer === null || job === undefined) return;
      waiting.delete(answer.job);
      clearTimeout(job.timer);
      if (answer.error === 0) job.resolve(answer);
      else job.reject(new S7Refused(answer.error));
    },
  };
}
