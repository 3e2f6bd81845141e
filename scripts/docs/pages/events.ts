import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS } from '@ronghe/contracts';
import { code, type Page, page, table } from '../markdown.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Folders of the server (`ingest`, `platform/jobs`) whose code calls `publish` or `listen` with the event's name. */
function placesOf(call: 'publish' | 'listen', event: string): string {
  const pattern = new RegExp(`\\b${call}\\(\\s*'${event.replaceAll('.', '\\.')}'`);
  const places = readdirSync(join(ROOT, 'server/src'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('/testing/'))
    .filter((path) => pattern.test(readFileSync(join(ROOT, 'server/src', path), 'utf8')))
    .map((path) => path.split('/').slice(0, -1).slice(0, 2).join('/'));
  return [...new Set(places)].sort().map(code).join(', ');
}

/** The events of the house, who publishes and who hears them. */
export const eventsPage: Page = {
  path: 'docs/reference/events.md',
  render: () =>
    page(
      'Events 事件',
      'Events are facts inside the server process: what has happened, told to whoever lies ahead on the data’s way. A listener never changes the outcome of the one who publishes. What an event carries is typed in `contracts/src/events.ts`.',
      table(
        ['Event', '含义', 'Meaning', 'Published by', 'Heard by'],
        Object.entries(EVENTS).map(([name, { zh, en }]) => [
          code(name),
          zh,
          en,
          placesOf('publish', name),
          placesOf('listen', name) || 'nobody yet',
        ]),
      ),
    ),
};
