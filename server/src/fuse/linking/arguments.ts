import { refuse } from './failure.ts';

/** What `ronghe fuse link` was asked. */
export type LinkArguments = {
  inputs: string[];
  id: string;
  settings: string;
  oneToOne: boolean;
  truth: string | null;
  truthPattern: string | null;
  clusters: string | null;
  pairs: string | null;
  /** pairs from this probability on are written for review as well */
  review: number | null;
  /** two ids whose waterfall is printed, or why they were not linked */
  explain: string[];
  sql: string | null;
  saveSettings: string | null;
  report: string | null;
  memoryMegabytes: number;
};

const MEMORY_MEGABYTES = 3_000;
const USAGE =
  'ronghe fuse link --input A [--input B …] --id COLUMN [--settings FILE | --settings auto] [--one-to-one] [--truth COLUMN|FILE] [--truth-pattern REGEX] --clusters OUT.csv --pairs OUT.csv [--review P] [--explain ID --explain ID] [--save-settings FILE] [--sql FILE] [--report FILE] [--memory MB]';

const FLAGS = new Set(['one-to-one']);
const OPTIONS = new Set(
  'input id settings truth truth-pattern clusters pairs review explain sql save-settings report memory'.split(
    ' ',
  ),
);

/**
 * Reads the arguments of the command line.
 * @throws AppError LINK_INPUT_INVALID with the usage
 */
export function readArguments(args: readonly string[]): LinkArguments {
  const told = new Map<string, string[]>();
  for (let at = 0; at < args.length; at += 1) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(args[at] ?? '') ?? [];
    if (FLAGS.has(name)) told.set(name, ['']);
    else if (OPTIONS.has(name)) {
      const value = inline ?? args[++at];
      if (value === undefined) throw usage(`--${name} 后缺少值`, `--${name} has no value`);
      told.set(name, [...(told.get(name) ?? []), value]);
    } else throw usage(`不认识的参数 ${args[at]}`, `unknown argument ${args[at]}`);
  }
  const one = (name: string): string | null => told.get(name)?.at(-1) ?? null;
  const inputs = told.get('input') ?? [];
  const id = one('id');
  if (inputs.length === 0) throw usage('缺少 --input', '--input is missing');
  if (id === null) throw usage('缺少 --id', '--id is missing');
  return {
    inputs,
    id,
    settings: one('settings') ?? 'auto',
    oneToOne: told.has('one-to-one'),
    truth: one('truth'),
    truthPattern: one('truth-pattern'),
    clusters: one('clusters'),
    pairs: one('pairs'),
    review: numberIn(one('review'), 'review', 1),
    explain: told.get('explain') ?? [],
    sql: one('sql'),
    saveSettings: one('save-settings'),
    report: one('report'),
    memoryMegabytes: numberIn(one('memory'), 'memory', 1e6) ?? MEMORY_MEGABYTES,
  };
}

function numberIn(text: string | null, name: string, most: number): number | null {
  if (text === null) return null;
  const value = Number(text);
  if (!(value >= 0 && value <= most))
    throw usage(`--${name} 须为 0 到 ${most} 的数`, `--${name} must be a number from 0 to ${most}`);
  return value;
}

const usage = (zh: string, en: string) => refuse([zh, en], [`用法：${USAGE}`, `Usage: ${USAGE}`]);
