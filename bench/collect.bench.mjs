// One collector process with three protocols at once, from the device to the table; and what filters keep of recordings.
import { filtersPart } from './collect/filters.part.mjs';
import { plantPart, protocolsPart } from './collect/plant.part.mjs';

const number = (name, otherwise) => Number(process.env[`RONGHE_BENCH_${name}`] ?? otherwise);

export async function run() {
  const parts = new Set((process.env.RONGHE_BENCH_PARTS ?? 'filters,plant,protocols').split(','));
  const rows = [];
  if (parts.has('filters')) rows.push(...filtersPart({ share: number('BOUND_PERCENT', 1) / 100 }));
  if (parts.has('plant'))
    rows.push(...(await plantPart({ seconds: number('SECONDS', 60), changes: number('CHANGES', 20_000) })));
  if (parts.has('protocols'))
    rows.push(
      ...(await protocolsPart({ seconds: number('SECONDS', 60), changes: number('CHANGES', 20_000) })),
    );
  return rows;
}
