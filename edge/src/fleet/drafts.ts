import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { UnknownCertificate } from '@ronghe/contracts';
import { pause } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { messageOf, withoutCredentials } from '../connection.ts';
import type { Connector, Reading } from '../connector.ts';
import { keepRefused, shareCertificates } from '../connectors/opcua/opcua.trust.ts';
import { openConnector, schemaOf, type Written } from '../connectors/registry.ts';
import type { Log } from '../log.ts';
import { markedTexts } from '../schema-marks.ts';
import { checkAlone, type Ground } from './check.ts';

/** Folder of connections that are only tried, inside the buffer folder; emptied at every start. */
export const TRIALS_FOLDER = 'trials';
const LOOK_MS = 25;
/** A device that failed at first may answer at the second try; then its error is told. */
const ERROR_PATIENCE_MS = 2_000;

/** A connection that exists for a moment, with a folder of its own; nothing of what it reads is stored. */
export type Draft = {
  connector: Connector;
  /** Resolves true when it is connected, false when that failed or the signal is aborted. */
  connected(signal: AbortSignal): Promise<boolean>;
  /** Why it is not connected, without secrets; null when there is nothing to say. */
  error(): string | null;
  /** Takes it down; a certificate that it met and nobody has trusted is kept with the connection, and told. */
  close(): Promise<UnknownCertificate | null>;
};

export type DraftOptions = { ground: Ground; trialsFolder: string; clock: Clock; log: Log };

/** Starts a draft. Throws ConfigError when the connection is not right; its paths begin with `connection`. */
export async function openDraft(
  written: Written,
  emit: (readings: readonly Reading[]) => void,
  { ground, trialsFolder, clock, log }: DraftOptions,
): Promise<Draft> {
  const own = join(ground.connectionsFolder, written.name);
  const checked = await checkAlone(written, ground);
  const schema = await schemaOf(written.protocol);
  // What is relative to the connection's folder must be found from the folder of the trial.
  const moved = structuredClone(checked.written);
  if (written.protocol === 'opcua')
    for (const { path, text } of markedTexts(schema, moved, 'localPath'))
      setAt(moved, path, resolve(own, text));
  const { create } = await openConnector(moved, 0);
  const folder = join(trialsFolder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const isOpcua = written.protocol === 'opcua';
  if (isOpcua) await shareCertificates(own, folder);
  const connector = create({
    emit,
    gap: () => undefined,
    log: log.child({ trial: written.name }, { level: 'silent' }),
    clock,
    folder,
  });
  await connector.start();
  return {
    connector,
    async connected(signal) {
      let failedMs: number | null = null;
      while (!signal.aborted) {
        const { state, lastError } = connector.state();
        if (state === 'connected') return true;
        if (lastError !== null) failedMs ??= performance.now();
        if (failedMs !== null && performance.now() - failedMs > ERROR_PATIENCE_MS) return false;
        await pause(LOOK_MS, signal);
      }
      return false;
    },
    error() {
      const { lastError } = connector.state();
      return lastError === null ? null : withoutSecrets(lastError, secretsOf(schema, written));
    },
    async close() {
      await connector.stop().catch((error: unknown) => log.warn({ err: error }, 'a trial could not stop'));
      const [refused] = isOpcua ? await keepRefused(own, folder) : [];
      await rm(folder, { recursive: true, force: true });
      return refused ?? null;
    },
  };
}

/** Secrets of a connection, as its schema marks them. */
export const secretsOf = (schema: Parameters<typeof markedTexts>[0], value: unknown): string[] =>
  markedTexts(schema, value, 'secret').map(({ text }) => text);

/** A message for people: no credentials in addresses, and none of these texts. */
export function withoutSecrets(error: unknown, secrets: readonly string[]): string {
  let message = withoutCredentials(messageOf(error));
  for (const secret of secrets) if (secret !== '') message = message.replaceAll(secret, '…');
  return message;
}

function setAt(value: unknown, path: readonly (string | number)[], text: string): void {
  let at = value;
  for (const part of path.slice(0, -1))
    at = typeof at === 'object' && at !== null ? Reflect.get(at, part) : null;
  const last = path.at(-1);
  if (typeof at === 'object' && at !== null && last !== undefined) Reflect.set(at, last, text);
}
