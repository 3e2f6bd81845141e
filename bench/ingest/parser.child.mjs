// Run with `--import tsx` and a file of lines: prints lines/s of the line-protocol service, whose store keeps nothing, and of
// the parser one would write in ten lines. A process of its own, because the server's sources are TypeScript.
import { readFileSync } from 'node:fs';
import { createLineProtocol } from '../../server/src/ingest/line-protocol/line-protocol.service.ts';
import { systemScope } from '../../server/src/platform/auth/scope.ts';
import { systemClock } from '../../server/src/platform/clock/clock.ts';
import { ConfigSchema } from '../../server/src/platform/config/config.ts';

const SECONDS = 2;
const body = readFileSync(process.argv[2]);
const lineCount = body.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
const scope = systemScope({ organisation: 'jx', permissions: ['ingest:observation:write'], name: 'bench' });

/** The points of a series get consecutive numbers when it is first seen, as the registry of points gives them. */
let given = 0;
const points = {
  resolve: async () => new Map(),
  async resolveGroups(_scope, _organisation, groups) {
    return new Map(
      groups.map(({ key, fields: { keys } }) => [key, { keys, numbers: keys.map(() => (given += 1)) }]),
    );
  },
};
const intake = {
  async store(_scope, delivery) {
    const slow = delivery.points.reduce((sum, { samples }) => sum + samples.length, 0);
    delivery.columns?.release();
    return { duplicate: false, stored: slow + (delivery.columns?.rows ?? 0), refused: [] };
  },
};
const config = ConfigSchema.parse({});
const lines = createLineProtocol({ intake, points, clock: systemClock, config });
const once = async () => {
  const { error, stored } = await lines.receive(scope, { body, precision: 'ns' }).write();
  if (error !== null || stored !== lineCount * 10)
    throw new Error(`${error ?? 'no fault'}, ${stored} values`);
};

/** What one writes in ten lines, with care: one look-up a line for the series and one a value for the field. */
function naive() {
  const all = new Map();
  const columns = { series: [], time: [], value: [] };
  let last = 0;
  for (const line of body.toString('latin1').split('\n')) {
    if (line === '') continue;
    const [key, fields, time] = line.split(' ');
    let series = all.get(key);
    if (!series) {
      series = new Map();
      all.set(key, series);
    }
    const timeUs = Number(time.slice(0, -3));
    for (const field of fields.split(',')) {
      const [name, text] = field.split('=');
      let point = series.get(name);
      if (point === undefined) {
        last += 1;
        point = last;
        series.set(name, point);
      }
      columns.series.push(point);
      columns.time.push(timeUs);
      columns.value.push(Number.parseFloat(text));
    }
  }
  if (columns.value.length !== lineCount * 10) throw new Error('the naive parser lost values');
}

async function rate(work) {
  for (let warm = 0; warm < 5; warm += 1) await work();
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < SECONDS * 1000; count += 1) await work();
  return (count * lineCount) / ((performance.now() - began) / 1000);
}

process.stdout.write(JSON.stringify({ ours: await rate(once), naive: await rate(naive) }));
