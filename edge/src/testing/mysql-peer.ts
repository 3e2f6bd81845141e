import { type Connection, createServer } from 'mysql2';
import { freePort } from './tcp-proxy.ts';

/**
 * The protocol of MySQL from the server's side, for tests on machines without a database: sign-in and commands by the
 * server half of mysql2, answers to prepared statements written here after the MySQL Client/Server Protocol.
 */
export type MysqlPeer = {
  port: number;
  /** What `select value …` answers. */
  set(value: number): void;
  /** Commands and statements in the order they came. */
  asked: string[];
  stop(): Promise<void>;
};

const NO_SUCH_COLUMN = { code: 1054, sqlState: '42S22', message: "Unknown column 'missing' in 'field list'" };
const UNKNOWN_VARIABLE = { code: 1193, sqlState: 'HY000', message: 'Unknown system variable' };
const DOUBLE = 5;
const STATUS_AUTOCOMMIT = 2;
/** All up to bit 23 except TLS, compression and the two that change how results end. */
const CAPABILITIES = 0xffffff & ~(0x20 | 0x800);

/** One table with one number. Statements that name `missing` are refused, and the time limit of MariaDB is not known. */
export async function startMysqlPeer(options: { port?: number } = {}): Promise<MysqlPeer> {
  const port = options.port ?? (await freePort());
  const asked: string[] = [];
  const sockets = new Set<{ destroy(): void }>();
  let value = 0;
  const server = createServer((connection: Connection) => {
    const wire = wireOf(connection);
    sockets.add(wire.stream);
    connection.on('error', () => undefined);
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.36-test',
      connectionId: 1,
      statusFlags: STATUS_AUTOCOMMIT,
      characterSet: 45,
      capabilityFlags: CAPABILITIES,
      authCallback: (_user: unknown, done: (error: null) => void) => {
        done(null);
        wire.nextCommand();
      },
    });
    const answer = (text: string): void => {
      asked.push(text);
      if (text.includes('max_statement_time')) wire.error(UNKNOWN_VARIABLE);
      else wire.ok();
    };
    connection.on('query', answer);
    connection.on('stmt_prepare', (text: string) => {
      // The library hands over SET as if it were to be prepared.
      if (text.startsWith('SET')) return answer(text);
      asked.push(text);
      if (text.includes('missing')) wire.error(NO_SUCH_COLUMN);
      else wire.send([prepared(), column('value'), endOfColumns()]);
    });
    connection.on('stmt_execute', () => {
      wire.send([Buffer.from([1]), column('value'), endOfColumns(), row(value), endOfColumns()]);
    });
    connection.on('packet', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(port);
    Reflect.get(server, '_server').once('listening', resolve);
  });
  return {
    port,
    set(next) {
      value = next;
    },
    asked,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The socket beneath the library, and answers with numbers of their own: each answer to a command begins with 1. */
function wireOf(connection: Connection) {
  const stream = Reflect.get(connection, 'stream') as { write(bytes: Buffer): void; destroy(): void };
  // The library does not do it by itself, and would complain about every command.
  const nextCommand = (): void => {
    Reflect.set(connection, 'sequenceId', 0);
  };
  const send = (payloads: readonly Buffer[]): void => {
    const packets = payloads.map((payload, index) => {
      const header = Buffer.alloc(4);
      header.writeUIntLE(payload.length, 0, 3);
      header.writeUInt8(index + 1, 3);
      return Buffer.concat([header, payload]);
    });
    stream.write(Buffer.concat(packets));
    nextCommand();
  };
  return {
    stream,
    nextCommand,
    send,
    /** OK_Packet */
    ok: () => send([Buffer.from([0, 0, 0, STATUS_AUTOCOMMIT, 0, 0, 0])]),
    /** ERR_Packet */
    error({ code, sqlState, message }: { code: number; sqlState: string; message: string }) {
      send([
        Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(`#${sqlState}${message}`)]),
      ]);
    },
  };
}

/** COM_STMT_PREPARE_OK: statement 1, one column, no parameters. */
const prepared = (): Buffer => Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

/** EOF_Packet: no warnings. */
const endOfColumns = (): Buffer => Buffer.from([0xfe, 0, 0, STATUS_AUTOCOMMIT, 0]);

/** Protocol::ColumnDefinition41 of a DOUBLE. */
function column(name: string): Buffer {
  const text = (content: string) => Buffer.from([content.length, ...Buffer.from(content)]);
  return Buffer.concat([
    ...['def', 'mes', 't', 't', name, name].map(text),
    // length of the rest, character set binary, width, type, flags, decimals, filler
    Buffer.from([0x0c, 63, 0, 22, 0, 0, 0, DOUBLE, 0, 0, 31, 0, 0]),
  ]);
}

/** Binary protocol resultset row: header, bitmap of nulls, eight bytes. */
function row(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeDoubleLE(value, 2);
  return bytes;
}
