import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EnrolmentAnswer } from '@ronghe/contracts';
import { stringify } from 'yaml';
import { z } from 'zod';
import { replaceFile } from '../buffer/files.ts';
import { baseOf, type Reply, request } from './client.ts';

/** The collector could not be enrolled; the message says what to do. */
export class EnrolmentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EnrolmentError';
  }
}

const Address = z.url({ protocol: /^https?$/ });

/** Whether a file is there. Throws what the file system throws for other reasons than that it is not. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Redeems the one-time code of a new collector and writes its configuration file, readable for this user only. Returns the
 * name of the collector. Throws EnrolmentError with what to do.
 */
export async function enrol(options: {
  file: string;
  server: string;
  code: string;
  signal?: AbortSignal;
}): Promise<string> {
  const { file, server, code } = options;
  if (!Address.safeParse(server).success || /\/\/[^/]*@/.test(server))
    throw new EnrolmentError(
      '--server: is not an address like https://ronghe.example, without user and password',
    );
  // A code that is used up before its key can be written would be lost.
  await mustBeWritable(file);
  const reply = await request(`${baseOf(server)}/api/collect/enrol`, {
    body: { code },
    signal: options.signal ?? new AbortController().signal,
  });
  if (reply.kind !== 'ok') throw new EnrolmentError(faultOf(reply, server));
  const answer = EnrolmentAnswer.safeParse(reply.body);
  if (!answer.success) throw new EnrolmentError(notThePlatform(server));
  const { collector, key } = answer.data;
  const text = stringify({ collector, server: { url: baseOf(server), key }, managed: true });
  await replaceFile(
    resolve(file),
    `# Written when this collector was enrolled. Its connections are configured at the platform.\n${text}`,
  );
  return collector;
}

async function mustBeWritable(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  const trial = `${resolve(file)}.${process.pid}.trial`;
  try {
    await mkdir(folder, { recursive: true });
    await (await open(trial, 'w', 0o600)).close();
    await rm(trial, { force: true });
  } catch (error) {
    throw new EnrolmentError(`${file} cannot be written: ${String(error)}; the code was not used`);
  }
}

const notThePlatform = (server: string): string =>
  `--server: what answers at ${server} is not the platform, or one without enrolment; look at the address`;

function faultOf(reply: Exclude<Reply, { kind: 'ok' }>, server: string): string {
  if (reply.kind === 'absent' || (reply.code === null && reply.kind === 'blocked'))
    return notThePlatform(server);
  if (reply.code === 'ENROLMENT_REFUSED')
    return '--code: is wrong, used already or too old; ask for a new one on the page of the collector';
  if (reply.status === null)
    return `--server: ${server} cannot be reached: ${reply.reason}; try again, with a new code if this one is refused then`;
  if (reply.code === null && reply.status < 500) return notThePlatform(server);
  return `the platform does not enrol this collector: ${reply.reason}`;
}
