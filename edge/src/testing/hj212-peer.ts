import { connect, type Socket } from 'node:net';

/** A data logger (数采仪) that connects, sends real-time data and listens for answers, as in HJ 212-2017 appendix C. */
export type Hj212Peer = {
  port: number;
  /** Sets the value of `a01012-Rtd` and sends it at once; it is sent again at every period. */
  set(value: number): void;
  /** Sends a message with this data area, whole or cut into pieces; gives back the QN of the last piece. */
  send(message: LoggerMessage): string;
  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void;
  /** Data segments that came back. */
  answers: string[];
  isConnected(): boolean;
  /** Times that it was connected. */
  connects(): number;
  stop(): Promise<void>;
};

export type LoggerMessage = {
  cn?: string;
  st?: string;
  mn?: string;
  pw?: string;
  /** 5 asks for an answer under HJ 212-2017, 4 does not; 1 and 0 are the same of 2005 */
  flag?: number;
  /** without the && around it; `now` stands for DataTime=… of this moment */
  area: string;
  /** sent as a whole when left out */
  pieces?: string[];
  qn?: string;
};

export type Hj212PeerOptions = { mn?: string; pw?: string; periodMs?: number | null; version?: number };

/** Connects to the port, again and again while nobody listens there, and sends every `periodMs` (null: never by itself). */
export function startHj212Peer(port: number, options: Hj212PeerOptions = {}): Hj212Peer {
  const { mn = '31011500000001', pw = '123456', periodMs = 100, version = 1 } = options;
  const answers: string[] = [];
  let socket: Socket | null = null;
  let connects = 0;
  let value = 0;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  let rest = '';

  const open = (): void => {
    const mine = connect({ host: '127.0.0.1', port });
    socket = mine;
    rest = '';
    mine.setEncoding('latin1');
    mine.on('connect', () => {
      connects += 1;
      if (periodMs !== null) report();
    });
    mine.on('data', (text: string) => {
      rest += text;
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        answers.push(checked(rest.slice(0, end)));
        rest = rest.slice(end + 2);
      }
    });
    mine.on('error', () => undefined);
    mine.on('close', () => {
      if (!stopped) retry = setTimeout(open, 100);
    });
  };
  const raw = (bytes: Uint8Array): void => {
    if (socket?.writable === true) socket.write(bytes);
  };
  const send = (message: LoggerMessage): string => {
    const qn = message.qn ?? timeText(17);
    const flag = message.flag ?? version * 4 + 1;
    const head = (split: string, last: string) =>
      `QN=${last};ST=${message.st ?? '31'};CN=${message.cn ?? '2011'};PW=${message.pw ?? pw};MN=${message.mn ?? mn};Flag=${split}`;
    const pieces = message.pieces;
    if (pieces === undefined) {
      raw(
        framed(`${head(String(flag), qn)};CP=&&${message.area.replace('now', `DataTime=${timeText(14)}`)}&&`),
      );
      return qn;
    }
    pieces.forEach((piece, index) => {
      const split = `${flag | 2};PNUM=${pieces.length};PNO=${index + 1}`;
      raw(framed(`${head(split, qn)};CP=&&${piece}&&`));
    });
    return qn;
  };
  const report = (): void => {
    send({ area: `now;a01012-Rtd=${value},a01012-Flag=N;a21026-Rtd=12.5,a21026-ZsRtd=15.1,a21026-Flag=N` });
  };

  open();
  const timer = periodMs === null ? undefined : setInterval(report, periodMs);
  return {
    port,
    answers,
    raw,
    send,
    connects: () => connects,
    isConnected: () => socket?.writable === true && !socket.connecting,
    set(next) {
      value = next;
      if (socket?.writable === true && !socket.connecting) report();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}

/** The first digits of YYYYMMDDhhmmsszzz in China. */
export function timeText(digits: number, atMs = Date.now()): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, digits);
}

/** A frame as the standard draws it; the text goes out as UTF-8, or as the bytes given. */
export function framed(data: string | Uint8Array): Uint8Array {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const head = new TextEncoder().encode(`##${String(bytes.length).padStart(4, '0')}`);
  const tail = new TextEncoder().encode(`${checksum(bytes)}\r\n`);
  return Buffer.concat([head, bytes, tail]);
}

/** The steps of appendix A by a table of all bytes; the register is folded before the lookup, not after. */
const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let step = 0; step < 8; step += 1) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  return value;
});
function checksum(bytes: Uint8Array): string {
  let register = 0xffff;
  for (const byte of bytes) {
    const folded = (register >>> 8) ^ byte;
    register = (folded >>> 8) ^ (TABLE[folded & 0xff] ?? 0);
  }
  return register.toString(16).padStart(4, '0').toUpperCase();
}

/** The data segment of an answer; throws when the answer is not whole. */
function checked(frame: string): string {
  const data = frame.slice(6, -4);
  const bytes = Buffer.from(data, 'latin1');
  if (frame.slice(0, 6) !== `##${String(bytes.length).padStart(4, '0')}`) throw new Error(`length: ${frame}`);
  if (frame.slice(-4) !== checksum(bytes)) throw new Error(`checksum: ${frame}`);
  return data;
}
