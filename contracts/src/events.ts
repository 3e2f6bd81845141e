import type { Bilingual, OrganisationPath } from './common.ts';

type LatestChange = {
  point: number;
  organisation: OrganisationPath;
  /** source time, milliseconds since 1970 UTC */
  timeMs: number;
  receivedMs: number;
  value: number | boolean | string | null;
  quality: 'good' | 'uncertain' | 'bad';
  reason: string | null;
};

/** Every event of the house by name, with what it carries. Domains publish ahead-neutral facts; whoever lies ahead listens. */
export type EventMap = {
  'ingest.observations.stored': { source: string; stored: number; latest: LatestChange[] };
  'ingest.rejected': { organisation: OrganisationPath; count: number };
  'fuse.run.finished': { run: string; source: string; state: string; valuesChanged: number };
  /** `run` is null when a person's decision changed it */
  'fuse.enterprise.changed': { enterprise: string; organisation: OrganisationPath; run: string | null };
  'fuse.issue.changed': {
    issue: string;
    source: string;
    organisation: OrganisationPath;
    rule: string;
    state: string;
    rows: number;
  };
  'platform.job.changed': { job: string; kind: string; state: string };
};
export type EventName = keyof EventMap;

/** What each event means, for the generated reference. The tidy test keeps it complete. */
export const EVENTS = {
  'ingest.observations.stored': {
    zh: '观测值已落盘',
    en: 'Observations are durable; carries the newest value per point',
  },
  'ingest.rejected': { zh: '有数据被拒收', en: 'Samples went to the rejects list' },
  'fuse.run.finished': { zh: '融合运行结束', en: 'A run of a source ended' },
  'fuse.enterprise.changed': { zh: '企业主数据变化', en: 'A golden record was created or changed' },
  'fuse.issue.changed': {
    zh: '数据质量问题变化',
    en: 'A quality issue of a source was opened, changed or resolved',
  },
  'platform.job.changed': { zh: '任务状态变化', en: 'A job changed its state' },
} as const satisfies Record<EventName, Bilingual>;
