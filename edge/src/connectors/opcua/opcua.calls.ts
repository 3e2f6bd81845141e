import type { DataValue, NodeId, ReadResponse } from 'node-opcua-client';
import { messageOf } from '../../connection.ts';
import { timeMsOf } from './opcua.decode.ts';
import { opcua } from './opcua.library.ts';

const { AttributeIds, ReadRequest, TimestampsToReturn } = opcua;

/** A service or a connection that failed; `code` is OPC UA's name for why (OPC 10000-6, A.2), as BadSessionIdInvalid. */
export class OpcuaFault extends Error {
  readonly code: string;
  constructor(code: string, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OpcuaFault';
    this.code = code;
  }
}

type Request = { requestHeader: { authenticationToken: NodeId; timeoutHint: number } };
type Response = { responseHeader: { timestamp: Date | null; serviceResult: Status } };
type Status = { name: string; isGood(): boolean };

/**
 * What the library has inside and its types leave out (2.182.2, pinned by decision 009). Requests go this way because
 * the session's own methods make a new session behind our back when the server has forgotten the old one, with the old
 * node ids and uncounted.
 */
type Transactions = {
  performMessageTransaction(
    request: Request,
    callback: (error: Error | null, response?: Response) => void,
  ): void;
};

/** Most nodes in one request, for each service; the server's operation limits (OPC 10000-5, 6.3.11) cut to ours. */
export type Limits = {
  read: number;
  historyRead: number;
  browse: number;
  translate: number;
  monitor: number;
};

/** Services of one session. */
export type Calls = {
  /** One request; throws OpcuaFault. `timeoutMs` is ours, the server hears of it as a hint. */
  call<Answer>(request: object, timeoutMs?: number): Promise<Answer>;
  limits: Limits;
  /** What the server's clock said in its last answer; NaN before the first. */
  serverMs(): number;
  /** The same at the start of the last whole round of reading all points. */
  pollMs: number;
};

/** Nodes in one request when the server names no smaller limit. */
const NODES_PER_CALL_MAX = 500;
const NO_LIMITS: Limits = {
  read: NODES_PER_CALL_MAX,
  historyRead: NODES_PER_CALL_MAX,
  browse: NODES_PER_CALL_MAX,
  translate: NODES_PER_CALL_MAX,
  monitor: NODES_PER_CALL_MAX,
};
/** Node ids of the limits (OPC 10000-6, node ids). */
const LIMIT_NODES: readonly (readonly [keyof Limits, number])[] = [
  ['read', 11705],
  ['historyRead', 12165],
  ['browse', 11710],
  ['translate', 11712],
  ['monitor', 11714],
];

/** Services with the token of a session; every answer within `timeoutMs` unless a call says otherwise. */
export function createCalls(options: {
  client: unknown;
  session: { authenticationToken?: NodeId };
  timeoutMs: number;
}): Calls {
  const transactions = options.client as Transactions;
  let serverMs = Number.NaN;
  return {
    limits: { ...NO_LIMITS },
    pollMs: Number.NaN,
    serverMs: () => serverMs,
    call<Answer>(input: object, timeoutMs = options.timeoutMs) {
      const request = input as Request;
      const { authenticationToken } = options.session;
      if (authenticationToken === undefined) throw new OpcuaFault('BadSessionIdInvalid');
      request.requestHeader.authenticationToken = authenticationToken;
      request.requestHeader.timeoutHint = timeoutMs;
      const answer = new Promise<Answer>((resolve, reject) => {
        transactions.performMessageTransaction(request, (error, response) => {
          serverMs = timeMsOf(response?.responseHeader.timestamp) ?? serverMs;
          if (error || response === undefined) reject(faultOf(error));
          else if (response.responseHeader.serviceResult.isGood()) resolve(response as Answer);
          else reject(new OpcuaFault(plainName(response.responseHeader.serviceResult.name)));
        });
      });
      // The library waits at least five seconds, whatever it is told.
      return within(answer, timeoutMs, `no answer to ${input.constructor.name} within ${timeoutMs} ms`);
    },
  };
}

/** Asks the server for its limits; one that names none, or does not answer that, gets requests of 500 nodes. */
export async function readLimits(calls: Calls): Promise<void> {
  const nodes = LIMIT_NODES.map(([, number]) => opcua.coerceNodeId(`i=${number}`));
  const values = await readAttributes(calls, nodes, AttributeIds.Value).catch((): DataValue[] => []);
  LIMIT_NODES.forEach(([name], index) => {
    const limit = Number(values[index]?.value?.value ?? 0);
    if (limit > 0) calls.limits[name] = Math.min(limit, NODES_PER_CALL_MAX);
  });
}

/** One attribute of many nodes, in the order asked, in requests of limited size. Throws OpcuaFault. */
export async function readAttributes(
  calls: Calls,
  nodes: readonly NodeId[],
  attributeId: number,
): Promise<DataValue[]> {
  const values: DataValue[] = [];
  for (let start = 0; start < nodes.length; start += calls.limits.read) {
    const slice = nodes.slice(start, start + calls.limits.read);
    const response = await calls.call<ReadResponse>(
      new ReadRequest({
        maxAge: 0,
        timestampsToReturn: TimestampsToReturn.Both,
        nodesToRead: slice.map((nodeId) => ({ nodeId, attributeId })),
      }),
    );
    values.push(...(response.results ?? []));
  }
  return values;
}

/** The name of a status without its flags: `Good#Overflow` and `Good` are the same one. */
export const plainName = (name: string): string => name.split('#')[0] ?? name;

/** Any error of the library as a fault with OPC UA's name for it. */
export function faultOf(error: unknown): OpcuaFault {
  if (error instanceof OpcuaFault) return error;
  const message = messageOf(error);
  const said = (error as { response?: Response } | null)?.response?.responseHeader.serviceResult.name;
  const code =
    said ?? /\bBad[A-Z]\w+/.exec(message)?.[0] ?? (/timed? ?out/i.test(message) ? 'BadTimeout' : undefined);
  return new OpcuaFault(plainName(code ?? 'BadConnectionClosed'), message, { cause: error });
}

/** Fails with BadTimeout after a time; the work itself goes on and its late failure is not an unhandled one. */
export async function within<T>(work: Promise<T>, timeMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OpcuaFault('BadTimeout', message)), timeMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Fails at once when the signal is aborted; the work itself goes on and its late failure is not an unhandled one. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const breakOff = () => reject(new OpcuaFault('BadConnectionClosed', 'broken off'));
    if (signal.aborted) breakOff();
    signal.addEventListener('abort', breakOff, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', breakOff));
  });
}
