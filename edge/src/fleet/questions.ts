import { CERTIFICATES_MAX, type CollectorAnswer, type CollectorQuestion } from '@ronghe/contracts';
import { ConnectionBase } from '../config.ts';
import type { Connections } from '../connections.ts';
import { listUnknownCertificates, trustCertificate } from '../connectors/opcua/opcua.trust.ts';
import { createBrowser } from './browse.ts';
import { checkConnections } from './check.ts';
import type { DraftOptions } from './drafts.ts';
import { tryConnection } from './try.ts';

/** Answers what the platform asks. */
export type Questions = {
  /** Throws an error for people; what it says may still hold secrets of the question. */
  answer(question: CollectorQuestion, signal: AbortSignal): Promise<CollectorAnswer>;
  stop(): Promise<void>;
};

export function createQuestions(
  options: DraftOptions & { connections: Connections; keepMs?: number },
): Questions {
  const { connections, ground } = options;
  const browser = createBrowser(options);

  /** The folder of an OPC UA connection, which need not run yet. */
  const folderOf = (name: string): string => {
    if (!ConnectionBase.shape.name.safeParse(name).success)
      throw new Error('a connection has a name of a-z, 0-9 and -');
    const protocol = connections.find(name)?.written.protocol ?? 'opcua';
    if (protocol !== 'opcua')
      throw new Error(`only connections with protocol opcua have certificates to trust; this is ${protocol}`);
    return connections.folderOf(name);
  };

  return {
    async answer(question, signal) {
      switch (question.kind) {
        case 'check': {
          const { issues } = await checkConnections(question.connections, ground);
          return { kind: 'check', issues };
        }
        case 'try':
          return tryConnection(question.connection, options, signal);
        case 'browse':
          return { kind: 'browse', items: await browser.browse(question, signal) };
        case 'certificates': {
          const all = await listUnknownCertificates(folderOf(question.connection));
          return { kind: 'certificates', certificates: all.slice(0, CERTIFICATES_MAX) };
        }
        case 'trust': {
          const { connection, thumbprint } = question;
          const certificate = await trustCertificate(folderOf(connection), thumbprint);
          await connections.again(connection);
          return { kind: 'trust', certificate };
        }
      }
    },
    stop: browser.stop,
  };
}
