import { createFile } from './connectors/file/file.ts';
import { FileConfig } from './connectors/file/file.config.ts';
import { silentLog } from './log.ts';
import { systemClock } from './clock.ts';
let n = 0, peak = 0, lag = 0, last = performance.now();
const t0 = performance.now();
setInterval(() => { const now = performance.now(); lag = Math.max(lag, now - last - 50); last = now; peak = Math.max(peak, process.memoryUsage().rss); }, 50);
setInterval(() => process.stdout.write(`${((performance.now()-t0)/1000).toFixed(0)} s ${n} samples rss ${(process.memoryUsage().rss/1e6).toFixed(0)} MB\n`), 10000);
const c = createFile({ config: FileConfig.parse({ name: 'big', protocol: 'file', endpoint: 'file:///tmp/h-file/in', intervalMs: 200, settleMs: 0, time: { columns: ['time'] }, points: Array.from({ length: 10 }, (_, i) => ({ key: `c${i}` })) }), emit: (r) => { n += r.length; }, gap() {}, log: silentLog(), clock: systemClock, folder: '/tmp/h-file/own' });
await c.start();
const { readFileSync } = await import('node:fs');
for (;;) { await new Promise((r) => setTimeout(r, 500)); try { if (readFileSync('/tmp/h-file/own/files.jsonl', 'utf8').includes('"end":"done"')) break; } catch {} }
await c.stop();
process.stdout.write(`done ${n} samples in ${((performance.now()-t0)/1000).toFixed(1)} s, peak rss ${(peak/1e6).toFixed(0)} MB, longest loop delay ${lag.toFixed(0)} ms\n`);
process.exit(0);
