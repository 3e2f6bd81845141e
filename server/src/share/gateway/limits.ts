import type { Question } from './gateway.ts';

/** Limits of one question. */
export type AskLimits = {
  timeMs: number;
  memoryBytes: number;
  resultRows: number;
  /** as many rows as somebody wants of a longer answer; 0 is all of it */
  firstRows: number;
  resultBytes: number;
  readRows: number;
  threads: number;
};

const USUAL: AskLimits = {
  timeMs: 30_000,
  memoryBytes: 1_000_000_000,
  resultRows: 1_000_000,
  firstRows: 0,
  resultBytes: 1_000_000_000,
  readRows: 2_000_000_000,
  threads: 2,
};
/** Whose data it is may read all of it, for example to look into a complaint. */
const OWNER: AskLimits = { ...USUAL, timeMs: 120_000, resultRows: 10_000_000, readRows: 20_000_000_000 };
/** An export runs in the background and has time. */
const EXPORT: AskLimits = {
  ...USUAL,
  timeMs: 1_800_000,
  resultRows: 5_000_000,
  resultBytes: 10_000_000_000,
  readRows: 20_000_000_000,
};

export const limitsFor = (door: Question['door'], owner: boolean): AskLimits =>
  door === 'export' ? EXPORT : owner ? OWNER : USUAL;
