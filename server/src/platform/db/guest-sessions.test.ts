import { expect, it } from 'vitest';
import type { ChdbSession } from '#platform/db/chdb.ts';
import { createGuestSessions } from '#platform/db/guest-sessions.ts';

/** Sessions that only tell whether they were closed. */
function counted() {
  const open: string[] = [];
  let count = 0;
  const sessions = createGuestSessions({
    open() {
      count += 1;
      const name = `s${count}`;
      open.push(name);
      return { close: () => void open.splice(open.indexOf(name), 1) } as ChdbSession;
    },
  });
  return { sessions, open };
}

it('gives a session again to the same actor under the same terms, without telling it the terms twice', () => {
  const { sessions, open } = counted();
  const first = sessions.take('a', 'set readonly = 1');
  expect(first.opening).toBe('set readonly = 1');
  first.giveBack();
  const again = sessions.take('a', 'set readonly = 1');
  expect([again.session === first.session, again.opening, open.length]).toEqual([true, '', 1]);
  // taken: whoever asks at the same time has another
  expect(sessions.take('a', 'set readonly = 1').session).not.toBe(first.session);
});

it.each([
  ['another actor', 'b', 'terms'],
  ['other terms', 'a', 'other terms'],
])('never gives it to %s', (_who, actor, terms) => {
  const { sessions } = counted();
  const first = sessions.take('a', 'terms');
  first.giveBack();
  expect(sessions.take(actor, terms).session).not.toBe(first.session);
});

it('never gives one again after a question that failed, and keeps few', () => {
  const { sessions, open } = counted();
  const failed = sessions.take('a', 'terms');
  failed.close();
  expect(sessions.take('a', 'terms').session).not.toBe(failed.session);
  const many = Array.from({ length: 40 }, (_one, at) => sessions.take(`actor ${at}`, 'terms'));
  for (const one of many) one.giveBack();
  // the one of `a` is in use
  expect(open).toHaveLength(17);
  sessions.close();
  expect(open).toHaveLength(1);
});
