import {
  type Bilingual,
  COLUMN_KINDS,
  type ColumnProfile,
  type ColumnSuggestion,
  type ConnectorTemplate,
  ENTERPRISE_ATTRIBUTES,
  type EnterpriseAttribute,
  INDICATORS,
  type IndicatorCode,
  type MappingSuggestion,
  PART_TARGET_LIST,
  type TableProfile,
} from '@ronghe/contracts';
import { headerUnit, unitNamed } from '../profile/header-units.ts';
import { isLineNumber } from '../profile/keys.ts';
import { cleanText } from '../standards/text.ts';
import { assign } from './assign.ts';
import { FITTINGS, valuesSpeak } from './fitting.ts';
import type { KnownTarget } from './headers.data.ts';
import { type HeaderReading, KNOWN_TARGETS, readHeader } from './headers.ts';
import { plainColumn, templateOf } from './recognise.ts';

/**
 * Log-odds that a column is a target: `BASE` when nothing speaks for it, `HEADER` more for a header that is a word of the
 * dictionary, what the values are worth (`alone` in fitting.ts), `AGAINST` when they are of a kind that the target never
 * has. Set by hand on the labelled headers (`headers.fixture.ts`); the test beside them holds the calibration.
 */
const BASE = -5;
const HEADER = 8.5;
const AGAINST = 6;
/** A header of unknown words takes something from what its values say, one that means something else nearly all. */
const UNKNOWN_HEADER = 0.8;
const DECOY = 7;
/** A unit that measures something else: 万千瓦时 is no money. */
const WRONG_UNIT = 8;
/** An older number beside a column of codes of today is kept for itself. */
const OLD_BESIDE_CODE = 8;
/** Without a month a row cannot carry a monthly indicator. */
const NO_PERIOD = 0.4;
const OTHERS_MIN = 0.1;
const CONFIDENCE_MAX = 0.99;
const NAME_LENGTH_MAX = 60;
/** Fields that may name a row together, as the contract has it. */
const KEY_PARTS_MAX = 5;

type Scored = { column: ColumnProfile; header: HeaderReading; logits: ReadonlyMap<KnownTarget, number> };

/**
 * Proposes what becomes of each column: by the words of its header, the kind of its values and its unit, each target once,
 * so that the whole fits best. A table whose columns are those of a template gets the template's mapping.
 */
export function suggestMapping(
  profile: TableProfile,
  { templates }: { templates: readonly ConnectorTemplate[] },
): MappingSuggestion {
  const readings = profile.columns.map((column) => ({ column, header: readHeader(column.name) }));
  const table: Table = {
    monthly: readings.some((reading) => logit(reading, 'period', EVERYTHING) > 0),
    coded: profile.columns.some(({ kind }) => kind === 'code'),
  };
  const scored = readings.map(
    (reading): Scored => ({
      ...reading,
      logits: new Map(KNOWN_TARGETS.map((target) => [target, logit(reading, target, table)])),
    }),
  );
  const chosen = choose(scored);
  const template = templateOf(profile, templates);
  const names = new Set<string>();
  const columns = scored.map((one) =>
    template ? byTemplate(one, template, names) : byScore(one, { chosen, scored, names }),
  );
  const periodColumn = scored.find(({ column }) => chosen.get(column.name) === 'period')?.column.name ?? null;
  /** a column of the template by the name that it has here */
  const here = (name: string) =>
    name
      .split('|')
      .map((part) => profile.columns.find((one) => plainColumn(one.name) === plainColumn(part))?.name ?? part)
      .join('|');
  const periodField = template ? template.periodField && here(template.periodField) : periodColumn;
  const named = columns.some(({ to }) => to === 'name' || to === 'code');
  const target = template?.target ?? (named ? 'enterprise' : 'dataset');
  return {
    columns: target === 'enterprise' ? columns : columns.map((one) => ownColumn(one, profile, names)),
    rowKey: template ? template.rowKey.map(here) : rowKeyOf(profile, columns, periodField),
    periodField,
    template: template?.key ?? null,
    target,
  };
}

/** What the table as a whole has: a month, codes of today. */
type Table = { monthly: boolean; coded: boolean };
const EVERYTHING: Table = { monthly: true, coded: true };

function logit(
  { column, header }: Omit<Scored, 'logits'>,
  target: KnownTarget,
  { monthly, coded }: Table,
): number {
  const { alone, quantity } = FITTINGS[target];
  const said = header.scores.get(target) ?? 0;
  const score =
    said *
    (target.startsWith('indicator:') && !monthly
      ? NO_PERIOD
      : said > 0
        ? preference(target, { monthly, eitherWay: isEitherWay(header) })
        : 1);
  const spoken = valuesSpeak(target, column);
  const weight = header.anonymous || said > 0 ? 1 : UNKNOWN_HEADER;
  const unit = unitOfColumn(column);
  return (
    BASE +
    HEADER * score +
    (spoken > 0 ? spoken * alone * weight : spoken * AGAINST) -
    (header.decoy ? DECOY : 0) -
    (target === 'code' && coded && column.kind === 'old-code' ? OLD_BESIDE_CODE : 0) -
    (unit && (!quantity || unit.quantity !== quantity) ? WRONG_UNIT : 0) +
    (unit && quantity === unit.quantity && score >= 0.3 ? 1 : 0)
  );
}

/**
 * 营业收入 of a monthly table is the indicator, of another the year's revenue; persons likewise. Initials that may be a fact of the
 * register or a figure of the month (zczj: 注册资金, 资产总计) are the figure where rows have months.
 */
function preference(
  target: KnownTarget,
  { monthly, eitherWay }: { monthly: boolean; eitherWay: boolean },
): number {
  if (!monthly) return 1;
  if (target === 'registeredCapital' && eitherWay) return 0.6;
  return target === 'revenue' ? 0.7 : target === 'employees' ? 0.95 : 1;
}
const isEitherWay = ({ scores }: HeaderReading): boolean =>
  [...scores].some(([target, score]) => target.startsWith('indicator:') && score >= 0.5);

const unitOfColumn = ({ unit, name }: ColumnProfile) =>
  headerUnit(name)?.unit ?? (unit === null ? null : unitNamed(unit, name));

/** The target of each column so that the sum of the log-odds is largest and none is used twice. */
function choose(scored: readonly Scored[]): ReadonlyMap<string, KnownTarget> {
  const gains = KNOWN_TARGETS.map((target) =>
    scored.map(({ logits }) => Math.max(0, logits.get(target) ?? 0)),
  );
  const assigned = assign(gains);
  return new Map(
    KNOWN_TARGETS.flatMap((target, at) => {
      const column = assigned[at];
      const name = column === null || column === undefined ? undefined : scored[column]?.column.name;
      return name === undefined ? [] : [[name, target] as const];
    }),
  );
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const rounded = (value: number) => Math.round(Math.min(CONFIDENCE_MAX, value) * 100) / 100;

type Context = { chosen: ReadonlyMap<string, KnownTarget>; scored: readonly Scored[]; names: Set<string> };

function byScore(one: Scored, { chosen, scored, names }: Context): ColumnSuggestion {
  const { column, logits } = one;
  const target = chosen.get(column.name) ?? null;
  const others = [...logits]
    .filter(([other]) => other !== target && other !== 'period')
    .map(([to, value]) => ({ to, confidence: rounded(sigmoid(value)) }))
    .filter(({ confidence }) => confidence >= OTHERS_MIN)
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, 5);
  if (target === null) return keptColumn(one, { names, others });
  const own = logits.get(target) ?? 0;
  const rivals = [
    ...[...logits].filter(([other]) => other !== target).map(([, value]) => value),
    ...scored
      .filter((other) => other !== one && !chosen.has(other.column.name))
      .map((other) => other.logits.get(target) ?? BASE),
  ];
  // two that fit alike leave it open, however well they fit
  const margin = own - Math.max(...rivals);
  const confidence = rounded(sigmoid(Math.min(own, 1.5 * margin + 0.5)));
  const unit = unitFor(target, column);
  return {
    column: column.name,
    kind: column.kind,
    to: target === 'period' ? null : target,
    transform: target === 'period' ? 'text' : (FITTINGS[target].transforms[0] ?? 'text'),
    unit,
    confidence,
    reasons: reasonsFor(one, target, { unit, margin }),
    others,
  };
}

const unitFor = (target: KnownTarget, column: ColumnProfile): string | null => {
  const unit = unitOfColumn(column);
  return unit && unit.quantity === FITTINGS[target].quantity ? unit.unit : null;
};

const label = (target: KnownTarget): Bilingual => {
  if (target === 'period') return { zh: '月份', en: 'month of the row' };
  if (target.startsWith('indicator:')) return INDICATORS[target.slice('indicator:'.length) as IndicatorCode];
  return (
    PART_TARGET_LIST.find((part) => part.target === target) ??
    ENTERPRISE_ATTRIBUTES[target as EnterpriseAttribute]
  );
};

function reasonsFor(
  { column, header }: Scored,
  target: KnownTarget,
  { unit, margin }: { unit: string | null; margin: number },
): Bilingual[] {
  const { zh, en } = label(target);
  const said = header.scores.get(target) ?? 0;
  const kind = COLUMN_KINDS[column.kind];
  const share = Math.round(column.kindShare * 100);
  const takesNumbers = FITTINGS[target].quantity !== undefined;
  return [
    ...(said >= 0.9 ? [{ zh: `表头是“${zh}”的写法`, en: `The header is a way to write “${en}”` }] : []),
    ...(said > 0 && said < 0.9 ? [{ zh: `表头与“${zh}”相近`, en: `The header is like “${en}”` }] : []),
    ...(valuesSpeak(target, column) > 0.5
      ? [{ zh: `${share}% 的值是${kind.zh}`, en: `${share} % of the values: ${kind.en.toLowerCase()}` }]
      : []),
    ...(unit !== null && column.unit !== null
      ? [{ zh: `单位：${column.unit}`, en: `Unit: ${column.unit}` }]
      : []),
    ...(takesNumbers && unit === null && target !== 'employees' && target !== 'indicator:EMPLOYEES_AVG'
      ? [{ zh: '未注明单位，请确认', en: 'No unit is named: confirm it' }]
      : []),
    ...(margin < 1 ? [{ zh: '还有一列同样像，请确认', en: 'Another column fits as well: confirm it' }] : []),
  ];
}

type Kept = { names: Set<string>; others: ColumnSuggestion['others'] };
/** A column that is none of ours is kept under its own name. */
function keptColumn({ column, header, logits }: Scored, { names, others }: Kept): ColumnSuggestion {
  const best = Math.max(...logits.values());
  const nothing = column.kind === 'empty' && header.anonymous;
  const decoy = header.decoy;
  return {
    column: column.name,
    kind: column.kind,
    to: nothing ? null : `column:${cleanName(column.name, names)}`,
    transform: plainTransform(column),
    unit: null,
    // what is under a header that says nothing may be anything: it is kept, not known
    confidence: rounded(Math.min(header.anonymous ? 0.5 : 1, sigmoid(Math.min(4, -best)))),
    reasons: [
      decoy
        ? {
            zh: `表头${decoy.zh}，按原列保留`,
            en: `The header means ${decoy.en}; kept as a column of its own`,
          }
        : {
            zh: '不是企业库的属性或指标，按原列保留',
            en: 'None of the attributes and indicators; kept as a column of its own',
          },
    ],
    others,
  };
}

function plainTransform({ kind }: ColumnProfile): string {
  if (kind === 'integer' || kind === 'decimal' || kind === 'money') return 'number';
  return kind === 'date' ? 'date' : 'text';
}

/** A name as `column:` takes it: without signs that mean something in a mapping, each once. */
export function cleanName(header: string, taken: Set<string>): string {
  const plain =
    cleanText(header)
      .replace(/\|/g, '/')
      .replace(/[^\p{L}\p{N}_ .()%/·&#+-]/gu, ' ')
      .replace(/\s+/g, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .slice(0, NAME_LENGTH_MAX)
      .trim() || 'column';
  let name = plain;
  for (let number = 2; taken.has(name); number += 1) name = `${plain}_${number}`;
  taken.add(name);
  return name;
}

/** What the template says of a column; a column that came in addition is kept. */
function byTemplate(one: Scored, template: ConnectorTemplate, names: Set<string>): ColumnSuggestion {
  const { column } = one;
  const mapping = template.mappings.find(({ from }) =>
    from.split('|').some((name) => plainColumn(name) === plainColumn(column.name)),
  );
  if (!mapping) {
    if (plainColumn(column.name) !== plainColumn(template.periodField ?? ''))
      return keptColumn(one, { names, others: [] });
    return {
      ...keptColumn(one, { names: new Set(), others: [] }),
      to: null,
      confidence: CONFIDENCE_MAX,
      reasons: [ofTemplate(template)],
    };
  }
  return {
    column: column.name,
    kind: column.kind,
    to: mapping.to,
    transform: mapping.transform,
    unit: mapping.unit,
    confidence: CONFIDENCE_MAX,
    reasons: [ofTemplate(template)],
    others: [],
  };
}
const ofTemplate = ({ name }: ConnectorTemplate): Bilingual => ({
  zh: `与模板“${name.zh}”的列一致`,
  en: `The columns are those of the template “${name.en}”`,
});

/** In a table that names no enterprise attributes have nobody to belong to. */
function ownColumn(one: ColumnSuggestion, { columns }: TableProfile, names: Set<string>): ColumnSuggestion {
  const column = columns.find(({ name }) => name === one.column);
  if (!column || one.to === null || one.to.startsWith('column:')) return one;
  return {
    ...one,
    to: `column:${cleanName(one.column, names)}`,
    transform: plainTransform(column),
    unit: null,
  };
}

/** What names a row: a key that the profile found, the one with the month first where there is one, else code or name, else what differs most. */
function rowKeyOf(
  { keys, columns }: TableProfile,
  suggested: readonly ColumnSuggestion[],
  periodField: string | null,
): string[] {
  const rank = (key: readonly string[]) =>
    (periodField !== null && key.includes(periodField) ? 0 : 2) + (key.length > 1 ? 1 : 0);
  const best = keys
    .map((key, at) => ({ key, at, rank: rank(key) }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)[0];
  const identity = (['code', 'name'] as const).flatMap(
    (to) => suggested.find((one) => one.to === to)?.column ?? [],
  );
  // the number of a line names whatever stands there this time; an enterprise is named by its code, or its name where it has none
  const numbered = best?.key.length === 1 && isLineNumber(best.key[0] ?? '');
  const named = identity.every((name) => columns.find((one) => one.name === name)?.unique);
  if (best && !(numbered && identity.length > 0 && named && periodField === null)) return [...best.key];
  // without a key that was found, the columns that differ most; a person must look at it
  const differing = [...columns]
    .filter(({ name, filled }) => filled > 0 && name !== periodField)
    .sort((a, b) => b.filled - a.filled || b.distinct - a.distinct)
    .slice(0, KEY_PARTS_MAX - 1)
    .map(({ name }) => name);
  const fallback = identity.length > 0 ? [identity.join('|')] : differing;
  return periodField === null ? fallback : [...fallback, periodField];
}
