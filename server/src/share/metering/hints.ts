import type { Bilingual, HintKind } from '@ronghe/contracts';

/** Days of the own past that an hour is held against. */
export const PAST_DAYS = 28;
/** Less is never unusual volume, in one hour. */
const ROWS_LEAST = 10_000;
const REQUESTS_LEAST = 300;
/** Whoever is known for less time has no past to be held against. */
const KNOWN_DAYS_LEAST = 7;
/** Deviations above the median (6 × 1.4826 × MAD is six sigma of a normal distribution). */
const DEVIATIONS = 6 * 1.4826;
/** And above all days but the busiest, so that a weekly job is its own past. */
const OVER_SECOND = 1.5;

const PAGES_LEAST = 20;
const WALKED_ROWS_LEAST = 1_000;
const WALKED_SHARE_LEAST = 0.5;
const TRIES_LEAST = 100;
const MISSED_SHARE_LEAST = 0.5;
const SMALL_SHARE_LEAST = 0.9;
const REFUSED_LEAST = 50;
const REFUSED_SHARE_LEAST = 0.5;
/** What happened on so many days of the past in half the amount is how this caller works. */
const STEADY_DAYS = 3;

const ADDRESS_DAYS_LEAST = 7;
const ADDRESS_REQUESTS_LEAST = 50;
const ADDRESS_NETWORKS_MAX = 5;
const TIME_DAYS_LEAST = 14;
const TIME_REQUESTS_LEAST = 100;
const TIME_HOURS_MAX = 12;
const TIME_NOW_LEAST = 5;

export type Figures = Record<string, number | string>;

/** One hour of one caller. */
export type Hour = {
  requests: number;
  refused: number;
  rows: number;
  /** hour of the day in Shanghai */
  hour: number;
  addresses: readonly string[];
};
/** The days before it, the newest first. */
export type Past = {
  /** whole days since its first access, at most 28 */
  knownDays: number;
  activeDays: number;
  requests: number;
  /** of each day the busiest of this hour and the two beside it; days without an access are left out */
  nearRows: readonly number[];
  nearRequests: readonly number[];
  hours: readonly number[];
  addresses: readonly string[];
};
/** Questions of one shape to one dataset: of the last 24 hours, and those of the hour. */
export type Series = {
  questions: number;
  rows: number;
  hourQuestions: number;
  hourEmpty: number;
  hourSmall: number;
};
/** Sums of days of the past, of one dataset or of all. */
export type Days = { rows: readonly number[]; empty: readonly number[]; refused: readonly number[] };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** What an hour may have before it is unusual: robust, so that one strange day of the past moves it little. */
export function usualMost(past: readonly number[]): { median: number; deviation: number; most: number } {
  const middle = median(past);
  const deviation = median(past.map((value) => Math.abs(value - middle)));
  const second = [...past].sort((a, b) => b - a)[1] ?? 0;
  return { median: middle, deviation, most: Math.max(middle + DEVIATIONS * deviation, OVER_SECOND * second) };
}

/** Rows or questions of an hour far above what the caller had at this time of the day. */
export function volumeHint({ rows, requests }: Hour, past: Past): Figures | null {
  if (past.knownDays < KNOWN_DAYS_LEAST) return null;
  for (const [what, now, least, near] of [
    ['rows', rows, ROWS_LEAST, past.nearRows],
    ['requests', requests, REQUESTS_LEAST, past.nearRequests],
  ] as const) {
    const idle = Math.max(0, past.knownDays - near.length);
    const usual = usualMost([...near, ...new Array<number>(idle).fill(0)]);
    if (now >= least && now > usual.most)
      return {
        ...{ what, now, median: usual.median, deviation: usual.deviation },
        ...{ most: Math.round(usual.most), days: past.knownDays },
      };
  }
  return null;
}

const isSteady = (past: readonly number[], now: number): boolean =>
  past.filter((value) => value >= now / 2).length >= STEADY_DAYS;

/** Whether questions could be pages of a whole dataset; only then its rows are worth counting. */
export const mayWalk = ({ questions, rows }: Series, { rows: past }: Days): boolean =>
  questions >= PAGES_LEAST && rows >= WALKED_ROWS_LEAST && !isSteady(past, rows);

/** Many questions of one shape that together took most of what there is. `total` are the rows there are. */
export function walkingHint(series: Series, past: Days, total: number): Figures | null {
  const { questions, rows } = series;
  if (!mayWalk(series, past) || total <= 0 || rows / total < WALKED_SHARE_LEAST) return null;
  return { questions, rows, total, share: rounded(Math.min(1, rows / total)) };
}

/** Many questions of one shape in an hour that find one row or, mostly, none: values that are tried. */
export function guessingHint({ hourQuestions, hourEmpty, hourSmall }: Series, past: Days): Figures | null {
  if (hourQuestions < TRIES_LEAST || hourSmall < SMALL_SHARE_LEAST * hourQuestions) return null;
  if (hourEmpty < MISSED_SHARE_LEAST * hourQuestions || isSteady(past.empty, hourEmpty)) return null;
  return { questions: hourQuestions, empty: hourEmpty, share: rounded(hourEmpty / hourQuestions) };
}

export function refusedHint({ requests, refused }: Hour, past: Days): Figures | null {
  if (refused < REFUSED_LEAST || refused < REFUSED_SHARE_LEAST * requests) return null;
  if (isSteady(past.refused, refused)) return null;
  return { questions: requests, refused, share: rounded(refused / requests) };
}

/** A key that asked from few networks so far asks from another one. */
export function addressHint({ addresses, requests }: Hour, past: Past): Figures | null {
  const known = new Set(past.addresses.filter(Boolean).map(networkOf));
  if (past.activeDays < ADDRESS_DAYS_LEAST || past.requests < ADDRESS_REQUESTS_LEAST) return null;
  if (known.size === 0 || known.size > ADDRESS_NETWORKS_MAX) return null;
  const found = addresses.filter((address) => address !== '' && !known.has(networkOf(address)));
  return found[0] === undefined
    ? null
    : { address: found.slice(0, 3).join(', '), requests, known: known.size, days: past.activeDays };
}

/** A key that asks at certain hours only asks at another one. */
export function timeHint({ hour, requests }: Hour, past: Past): Figures | null {
  if (past.activeDays < TIME_DAYS_LEAST || past.requests < TIME_REQUESTS_LEAST) return null;
  if (requests < TIME_NOW_LEAST || past.hours.length > TIME_HOURS_MAX) return null;
  const near = past.hours.some((known) => [0, 1, 23].includes((known - hour + 24) % 24));
  return near
    ? null
    : { hour, requests, hours: [...past.hours].sort((a, b) => a - b).join(', '), days: past.activeDays };
}

/** The network an address lies in: neighbours of a known one are no news. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  if (!plain.includes(':')) return plain.split('.').slice(0, 3).join('.');
  const [head = ''] = plain.split('::');
  const parts = head.split(':').slice(0, 4);
  return [...parts, ...new Array<string>(4 - parts.length).fill('0')].join(':').toLowerCase();
}

const rounded = (share: number): number => Math.round(share * 1000) / 1000;
const percent = (share: number | string | undefined): string => `${Math.round(Number(share) * 1000) / 10}%`;

/** A hint as a sentence with its figures. */
export function wordsOfHint(kind: HintKind, figures: Figures): Bilingual {
  const { questions, rows, total, share, empty, refused, now, most, days, requests, hour, hours, known } =
    figures;
  switch (kind) {
    case 'volume': {
      const isRows = figures.what === 'rows';
      return {
        zh: `一小时内${isRows ? '取走' : '请求'} ${now} ${isRows ? '行' : '次'}；过去 ${days} 天同一时段的中位数为 ${figures.median}，正常不超过 ${most}`,
        en: `${now} ${isRows ? 'rows' : 'questions'} in an hour; the median at this time of the last ${days} days is ${figures.median}, up to ${most} is usual`,
      };
    }
    case 'walking':
      return {
        zh: `24 小时内用 ${questions} 次同样的请求翻取 ${rows} 行，数据集共 ${total} 行（${percent(share)}）；过去没有这样做过`,
        en: `${questions} questions of one shape took ${rows} of ${total} rows (${percent(share)}) within 24 hours; it did not do so before`,
      };
    case 'guessing':
      return {
        zh: `一小时内 ${questions} 次请求只是值不同，其中 ${empty} 次没有结果（${percent(share)}），像在逐个试探编号`,
        en: `${questions} questions of an hour differ in their values alone, and ${empty} found nothing (${percent(share)}): values seem to be tried one after the other`,
      };
    case 'refused':
      return {
        zh: `一小时内 ${questions} 次请求中有 ${refused} 次被拒绝（${percent(share)}）`,
        en: `${refused} of ${questions} questions of an hour were refused (${percent(share)})`,
      };
    case 'address':
      return {
        zh: `密钥从新的地址 ${figures.address} 请求 ${requests} 次；过去 ${days} 个活跃日只来自 ${known} 个网段`,
        en: `The key asked ${requests} times from ${figures.address}; on ${days} active days before it came from ${known} networks only`,
      };
    case 'time':
      return {
        zh: `密钥在 ${hour} 时请求 ${requests} 次；过去 ${days} 个活跃日只在 ${hours} 时活动`,
        en: `The key asked ${requests} times at ${hour} o’clock; on ${days} active days before only at ${hours}`,
      };
  }
}
