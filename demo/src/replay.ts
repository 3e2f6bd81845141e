import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startReplay } from './replay/replay-server.ts';

const USAGE = `用法 / usage: node demo/dist/replay.js FILE [--port N] [--speed N] [--folder DIR] [--now] [--zone MINUTES]
  把录制的 CSV 作为 OPC UA 服务器按原速或加速回放；首个客户端连接后开始，--now 立即开始。
  Replays a recorded CSV as an OPC UA server, in real time or faster; begins with the first client, --now at once.
  --zone: minutes east of UTC of times that carry no offset, 480 (China) by default`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    speed: { type: 'string', default: '1' },
    folder: { type: 'string', default: join(tmpdir(), 'ronghe-demo-replay') },
    now: { type: 'boolean', default: false },
    zone: { type: 'string', default: '480' },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (values.help || !file) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
const replay = await startReplay({
  file,
  port: Number(values.port),
  folder: values.folder,
  speed: Number(values.speed),
  immediately: values.now,
  zoneMinutes: Number(values.zone),
}).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void replay.stop().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);
const { columns, stepMs } = replay.recording;
console.error(`${columns.length} 列 / columns, ${stepMs / 1000 / Number(values.speed)} s 一行 / a row`);
console.log(`plant ready opcua ${replay.port}`);
replay.ended.then(
  () => {
    if (!stopping) console.error(`回放结束 / the replay has ended: ${JSON.stringify(replay.progress())}`);
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
