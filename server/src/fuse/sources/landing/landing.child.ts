import { AppError } from '#platform/errors/errors.ts';
import { quickLook } from '../../profile/profile.ts';
import { useReference } from '../../standards/reference.ts';
import { openTableFile } from '../files/open.reader.ts';
import { landDelivery } from './land.reader.ts';
import type { FromChild, ToChild } from './landing.process.ts';

/**
 * Reads deliveries and files in a process of its own, one task after the other: lands a delivery, handing chunks over one at a
 * time, or looks at a file. It opens no engine and knows no secret.
 */
const send = (message: FromChild): void => {
  // a parent that is gone is told by `disconnect`
  process.send?.(message, () => {});
};
let taken = () => {};
const abort = new AbortController();
process.once('disconnect', () => process.exit(1));
process.on('message', (message: ToChild) => {
  if (message.kind === 'taken') taken();
  else if (message.kind === 'stop') abort.abort(new Error('stopped'));
  else void answer(message);
});

type Task = Extract<ToChild, { kind: 'land' | 'look' }>;

async function answer(task: Task): Promise<void> {
  send({ kind: 'begun' });
  useReference(task.reference);
  try {
    send(task.kind === 'land' ? await land(task) : await look(task));
  } catch (error) {
    const known = error instanceof AppError ? { code: error.code, values: error.values } : null;
    send({
      kind: 'failed',
      known,
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

async function land({ request }: Extract<Task, { kind: 'land' }>): Promise<FromChild> {
  const result = await landDelivery(request, {
    signal: abort.signal,
    openTable: openTableFile,
    async chunk(chunk) {
      const done = new Promise<void>((resolve) => {
        taken = resolve;
      });
      send({ kind: 'chunk', chunk });
      await done;
    },
    async tell(share, counts) {
      send({ kind: 'progress', share, counts });
    },
  });
  return { kind: 'done', result };
}

async function look({ file, limits }: Extract<Task, { kind: 'look' }>): Promise<FromChild> {
  const table = await openTableFile(file);
  try {
    const found = await quickLook(table, { ...limits, signal: abort.signal });
    return { kind: 'looked', look: { ...found, options: table.options, sheets: [...table.sheets] } };
  } finally {
    await table.close();
  }
}
