import type { Socket } from 'node:net';
import { createFrameReader, Hj212Error, type Message, parseMessage } from './hj212.decode.ts';
import { createJoiner } from './hj212.split.ts';

/** Faults in a row after which a caller is sent away: it does not speak HJ 212. Bounds the work it can cause, too. */
const FAULTS_MAX = 10;
/** A caller who has not said who it is by then is sent away. */
const INTRODUCE_MS_MAX = 30_000;
/** Answers that wait for the disk; then no more is read of this caller until all are given. */
const ANSWERS_WAITING_MAX = 100;
/** Answers that a caller does not take, bytes. */
const UNREAD_BYTES_MAX = 65_536;

/** Why a message is not taken: `refused` ends the connection, null takes it. */
export type Verdict = { refused: string } | null;

/** What one connection is for the connector. */
export type Link = { address: string | undefined; send(bytes: Buffer): void; close(reason: string): void };
export type LinkEvents = {
  /** Before anything else is done with a message: who sends it, and may it? */
  admit(link: Link, message: Message): Verdict;
  /**
   * A whole message, its pieces joined. `content` is its data area. Throws Hj212Error when it cannot be read. The message is
   * answered when what it gives resolves, and the connection ended when that rejects.
   */
  take(link: Link, message: Message, content: string): Promise<void> | undefined;
  /** The answer to a message that was admitted, or null for none; also of the pieces of a longer one. */
  reply(message: Message): Buffer | null;
  fault(what: string): void;
  /** Once. */
  closed(link: Link, reason: string): void;
};

/** Reads the messages of one caller. Never throws; memory is bounded by a frame, the joiner and the answers unread. */
export function openLink(socket: Socket, options: { idleTimeoutMs: number; events: LinkEvents }): Link {
  const { events, idleTimeoutMs } = options;
  const reader = createFrameReader();
  const joiner = createJoiner();
  let faults = 0;
  let introduced = false;
  let reason = 'the station closed the connection';
  const link: Link = {
    address: socket.remoteAddress,
    send(bytes) {
      if (!socket.writable) return;
      socket.write(bytes);
      if (socket.writableLength > UNREAD_BYTES_MAX) link.close('the station does not take our answers');
    },
    close(why) {
      reason = why;
      socket.destroy();
    },
  };
  const answers = createAnswers(socket, link);
  const idle = () => link.close(`no message for ${introduced ? idleTimeoutMs : INTRODUCE_MS_MAX} ms`);
  let timer = setTimeout(idle, Math.min(INTRODUCE_MS_MAX, idleTimeoutMs));

  const fault = (what: string): void => {
    faults += 1;
    events.fault(what);
    if (faults >= FAULTS_MAX) link.close(`${faults} faults in a row: ${what}`);
  };
  const take = (data: Buffer): void => {
    const message = parseMessage(data);
    const verdict = events.admit(link, message);
    if (verdict !== null) {
      link.close(verdict.refused);
      return;
    }
    faults = 0;
    if (introduced) timer.refresh();
    else {
      clearTimeout(timer);
      timer = setTimeout(idle, idleTimeoutMs);
      introduced = true;
    }
    const content = joiner.join(message);
    const kept = content === null ? undefined : events.take(link, message, content);
    const reply = events.reply(message);
    if (reply !== null) answers.send(reply, kept);
  };

  socket.setKeepAlive(true, 30_000);
  socket.setNoDelay(true);
  socket.on('data', (bytes) => {
    for (const step of reader.push(bytes)) {
      if (socket.destroyed) return;
      if ('fault' in step) {
        fault(step.fault);
        continue;
      }
      try {
        take(step.data);
      } catch (error) {
        if (!(error instanceof Hj212Error)) throw error;
        fault(error.message);
      }
    }
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.once('close', () => {
    clearTimeout(timer);
    events.closed(link, reason);
  });
  return link;
}

/** Gives answers in the order of the messages, each when its message is kept. */
function createAnswers(socket: Socket, link: Link) {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const after = async (before: Promise<void>, kept: Promise<void> | undefined, reply: Buffer) => {
    await before;
    await kept;
    link.send(reply);
    waiting -= 1;
    if (waiting === 0) socket.resume();
  };
  return {
    send(reply: Buffer, kept: Promise<void> | undefined): void {
      waiting += 1;
      if (waiting >= ANSWERS_WAITING_MAX) socket.pause();
      last = after(last, kept, reply);
      // The logger keeps what was not answered and sends it again.
      last.catch((error: unknown) => link.close(error instanceof Error ? error.message : String(error)));
    },
  };
}
