import { openBuffer } from '../buffer/buffer.ts';
import { silentLog } from '../log.ts';

// Run as a process of its own by the buffer's tests: appends until it is killed and says what is safely on disk.
const folder = process.argv[2] ?? '';
const buffer = await openBuffer({ folder, source: 'writer', bytesMax: 1e9, log: silentLog() });
for (let value = 1; ; value += 1) {
  const text = 'x'.repeat(value % 3_000);
  await buffer.append([[{ key: 'p', type: 'text', samples: [[value, text, 'good']] }]]);
  const { epoch, sequence } = buffer.status();
  process.stdout.write(`${epoch} ${sequence} ${value}\n`);
}
