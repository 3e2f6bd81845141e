import { expect, it } from 'vitest';
import { silentLog } from '#platform/log/log.ts';
import { createEvents } from './events.ts';

const event = { organisation: 'jx', count: 1 };

it('tells every listener until it stops listening', () => {
  const events = createEvents(silentLog());
  const heard: string[] = [];
  const end = events.listen('ingest.rejected', () => void heard.push('a'));
  events.listen('ingest.rejected', () => void heard.push('b'));
  events.publish('ingest.rejected', event);
  end();
  events.publish('ingest.rejected', event);
  expect(heard).toEqual(['a', 'b', 'b']);
});

it('lets the others hear when one listener throws or rejects', () => {
  const events = createEvents(silentLog());
  let heard = 0;
  events.listen('ingest.rejected', () => {
    throw new Error('broken');
  });
  events.listen('ingest.rejected', () => Promise.reject(new Error('broken later')));
  events.listen('ingest.rejected', () => {
    heard += 1;
  });
  expect(() => events.publish('ingest.rejected', event)).not.toThrow();
  expect(heard).toBe(1);
});
