import { parseArgs } from 'node:util';
import { writeOperationFiles } from '../systems/operation-monitor.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    dirty: { type: 'boolean', default: false },
    'rewrite-newest': { type: 'boolean', default: false },
  },
});
if (!values.folder) throw new Error('--folder is missing: where the monthly files go');
const written = await writeOperationFiles({
  folder: values.folder,
  now: new Date(),
  dirty: values.dirty,
  rewriteNewest: values['rewrite-newest'],
});
console.log(`system ready operation-monitor ${written.length}`);
