import type { ChannelKind } from '@ronghe/contracts';
import { createTransport, type Transporter } from 'nodemailer';
import { AppError } from '#platform/errors/errors.ts';
import { createTargetGuard } from '#platform/network/target-guard.ts';
import {
  linesOf,
  type Notice,
  type Robot,
  robotFailure,
  robotMessage,
  subjectOf,
  webhookMessage,
} from './messages.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 65_536;
const FAILURE_CHARACTERS_MAX = 200;

/** Where a message goes, with what was sealed. */
export type Destination = { kind: ChannelKind; addresses: readonly string[]; robot: Robot | null };

/** Sends messages. Every way ends within half a minute. */
export type Senders = {
  /** @returns why it did not get through, or null */
  send(destination: Destination, notice: Notice): Promise<string | null>;
  /** @throws CHANNEL_TARGET_REFUSED for an address that is not on the list */
  demandListed(url: string): void;
  /** whether a server for mail is configured */
  hasMail: boolean;
  close(): void;
};

type Settings = {
  applyNotifyHosts: readonly string[];
  applySmtpUrl?: string | undefined;
  applyMailFrom?: string | undefined;
};

export function createSenders({ applyNotifyHosts, applySmtpUrl, applyMailFrom }: Settings): Senders {
  const guard = createTargetGuard({
    allowedHosts: applyNotifyHosts,
    words: {
      refuse: (target) => new AppError('CHANNEL_TARGET_REFUSED', { target }),
      unknown: (_target, reason, cause) => new Error(reason, { cause }),
    },
  });
  const mail = applySmtpUrl !== undefined && applyMailFrom !== undefined ? openMail(applySmtpUrl) : null;

  async function sendHttp({ kind, robot }: Destination, notice: Notice): Promise<string | null> {
    if (!robot) return 'the channel has no address';
    const message =
      kind === 'webhook'
        ? webhookMessage(notice, robot)
        : robotMessage(kind as Exclude<ChannelKind, 'webhook' | 'email'>, notice, robot);
    const answer = await guard.post(message.url, message.body, {
      headers: message.headers,
      timeoutMs: TIMEOUT_MS,
      bytesMax: ANSWER_BYTES_MAX,
    });
    if (answer.status < 200 || answer.status >= 300) return `status ${answer.status}`;
    return kind === 'webhook' ? null : robotFailure(answer.body.toString('utf8'));
  }

  async function sendMail({ addresses }: Destination, notice: Notice): Promise<string | null> {
    if (!mail) return 'no server for mail is configured (applySmtpUrl, applyMailFrom)';
    const sent = await mail.sendMail({
      from: applyMailFrom,
      to: [...addresses],
      subject: subjectOf(notice),
      text: `${linesOf(notice).join('\n')}\n`,
      messageId: `<${notice.id}@ronghe>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const refused = sent.rejected?.length ?? 0;
    return refused === 0 ? null : `${refused} addresses were refused`;
  }

  return {
    hasMail: mail !== null,
    async send(destination, notice) {
      try {
        return await (destination.kind === 'email'
          ? sendMail(destination, notice)
          : sendHttp(destination, notice));
      } catch (error) {
        const text =
          error instanceof AppError
            ? `not allowed: ${error.values.target}`
            : String((error as Error).message);
        return text.slice(0, FAILURE_CHARACTERS_MAX);
      }
    },
    demandListed(url) {
      const { hostname, port, protocol } = new URL(url);
      guard.demandListed({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    },
    close() {
      guard.close();
      mail?.close();
    },
  };
}

/** A password goes over an encrypted connection or not at all; only a server on the same machine may do without. */
function openMail(url: string): Transporter {
  const { protocol, username, hostname } = new URL(url);
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return createTransport({
    url,
    requireTLS: protocol === 'smtp:' && username !== '' && !isOwnMachine,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
}
