import { parentPort, workerData } from 'node:worker_threads';
import type { FromDeriver, ToDeriver } from './derive.process.ts';
import { createDeriver, packed, unpacked, type Wanted } from './derive-columns.ts';

/** Standardises columns of batches as a thread of its own. It reads the reference data shipped and opens nothing. */
const derive = createDeriver((workerData as { wanted: Wanted[] }).wanted);
parentPort?.on('message', ({ number, raw }: ToDeriver) => {
  const values = derive(raw.map((column) => unpacked(column) as string[])).map(packed);
  parentPort?.postMessage({ number, values } satisfies FromDeriver);
});
