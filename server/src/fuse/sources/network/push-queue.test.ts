import { describe, expect, test } from 'vitest';
import { createPushQueue, PUSH_QUEUE_LIMITS } from './push-queue.ts';

const waiting = { source: 's1', name: 'rows', organisation: 'o1', characters: 10 };

/** Work that ends when it is let go. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe('the queue of pushed deliveries', () => {
  test('does one of a source at a time, in the order they came, also behind one that failed', async () => {
    const queue = createPushQueue();
    const first = gate();
    const done: number[] = [];
    const works = [1, 2, 3, 4].map((id) =>
      queue.take(waiting, async () => {
        if (id === 1) await first.opened;
        done.push(id);
        if (id === 2) throw new Error('rubbish');
      }),
    );
    const settled = Promise.allSettled(works);
    await queue.take({ ...waiting, source: 's2' }, async () => done.push(0));
    expect(done).toEqual([0]);
    first.open();
    expect((await settled).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  test('refuses what is too many for one source, for one organisation and for all, and takes again when done', async () => {
    const limits = {
      ...PUSH_QUEUE_LIMITS,
      waitingPerSourceMax: 1,
      waitingPerOrganisationMax: 2,
      waitingMax: 3,
    };
    const queue = createPushQueue(limits);
    const first = gate();
    const hold = () => first.opened;
    const held = [
      queue.take(waiting, hold),
      queue.take({ ...waiting, source: 's2' }, hold),
      queue.take({ ...waiting, source: 's3', organisation: 'o2' }, hold),
    ];
    await expect(queue.take(waiting, hold)).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    const other = { ...waiting, source: 's4' };
    await expect(queue.take(other, hold)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(queue.take({ ...other, organisation: 'o3' }, hold)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    first.open();
    await Promise.all(held);
    expect(await queue.take(waiting, async () => 'taken')).toBe('taken');
  });

  test('one alone may be of any size; with others, the characters are bounded', async () => {
    const queue = createPushQueue({ ...PUSH_QUEUE_LIMITS, charactersPerOrganisationMax: 100 });
    const first = gate();
    const held = queue.take({ ...waiting, characters: 1000 }, () => first.opened);
    await expect(
      queue.take({ ...waiting, source: 's2', characters: 1 }, async () => 0),
    ).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    first.open();
    await held;
  });
});
