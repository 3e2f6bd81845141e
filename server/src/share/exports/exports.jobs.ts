import type { JobDefinition } from '#platform/jobs/jobs.ts';
import { EXPORT_JOB, type Exports } from './exports.service.ts';

const TIMEOUT_MS = 2 * 3_600_000;

/** Jobs of exports: the export itself, and throwing old files away. */
export const exportJobs = (exports: Exports): JobDefinition[] => [
  {
    kind: EXPORT_JOB,
    title: { zh: '导出共享数据集', en: 'Export a shared dataset' },
    permission: 'share:dataset:export',
    attemptsMax: 1,
    timeoutMs: TIMEOUT_MS,
    run: exports.run,
  },
  {
    kind: 'share.remove-exports',
    title: { zh: '清理过期的导出文件', en: 'Throw away exports that are older than a day' },
    schedule: '43 * * * *',
    run: exports.tidy,
  },
];
