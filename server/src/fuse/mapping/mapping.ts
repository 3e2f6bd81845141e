import {
  ENTERPRISE_ATTRIBUTE_NAMES,
  type FieldMapping,
  INDICATORS,
  type MappedRow,
  type MappedValue,
  type MappingContent,
  type MappingPreview,
  type MappingTest,
  PART_TARGET_LIST,
  type SourceTarget,
  TRANSFORMS,
  type TransformName,
} from '@ronghe/contracts';
import { FINDING_RULES, type Finding } from '../standards/findings.ts';
import { reference } from '../standards/reference.ts';
import { FITTINGS, type Quantity } from './fitting.ts';
import type { KnownTarget } from './headers.data.ts';

export type Fault = { path: string; message: string };
/** What rows are held against; `standardiseRow` of sources/rows.ts reads the same. */
export type MappingRules = Pick<MappingContent, 'rowKey' | 'periodField' | 'mappings'>;
/** What `standardiseRow` answers, as far as a mapping needs it. */
export type Standardised = {
  rowKey: string;
  period: string | null;
  values: readonly MappedValue[];
  findings: readonly Finding[];
  rejected: boolean;
};
export type Standardise = (rules: MappingRules, row: unknown) => Standardised;

const ALTERNATIVES_MAX = 10;
const COLUMN_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_ .()%/·&#+-]{0,79}$/u;
const NUMERIC: readonly string[] = ['number', 'thousand-to-wan'];
/** Transforms that a column of the source's own may have: all but the one that knows what it converts. */
const COLUMN_TRANSFORMS = Object.keys(TRANSFORMS).filter((name) => name !== 'thousand-to-wan');
const FAULTS_MAX = 100;

/**
 * Holds a mapping against what schemas cannot say. The rows of an `enterprise` source need a name or a code; an indicator
 * needs the month.
 */
export function checkMapping(content: MappingContent, target: SourceTarget): Fault[] {
  const { mappings, periodField } = content;
  const faults = [
    ...content.rowKey.flatMap((from, at) => fromFaults(from, `rowKey.${at}`)),
    ...mappings.flatMap((mapping, at) => mappingFaults(mapping, `mappings.${at}`)),
    ...repeatedFaults(mappings),
    ...content.tests.flatMap((one, at) => testFaults(one, { at, mappings })),
  ];
  if (new Set(content.rowKey).size < content.rowKey.length)
    faults.push({ path: 'rowKey', message: 'a field stands there twice' });
  if (periodField?.includes('|')) faults.push({ path: 'periodField', message: 'one field only' });
  if (target === 'enterprise' && !mappings.some(({ to }) => to === 'name' || to === 'code'))
    faults.push({ path: 'mappings', message: 'one field must become name or code' });
  const indicator = mappings.findIndex(({ to }) => to.startsWith('indicator:'));
  if (indicator >= 0 && periodField === null)
    faults.push({
      path: `mappings.${indicator}.to`,
      message: 'an indicator needs periodField, the month of the row',
    });
  return faults.slice(0, FAULTS_MAX);
}

/** The field names that a mapping reads; what drift is told to watch. */
export const neededOf = ({ rowKey, periodField, mappings }: MappingRules): string[] => [
  ...new Set([
    ...rowKey,
    ...(periodField === null ? [] : [periodField]),
    ...mappings.map(({ from }) => from),
  ]),
];

const isKnown = (to: string): to is KnownTarget =>
  ENTERPRISE_ATTRIBUTE_NAMES.some((attribute) => attribute === to) ||
  PART_TARGET_LIST.some(({ target }) => target === to) ||
  (to.startsWith('indicator:') && Object.hasOwn(INDICATORS, to.slice('indicator:'.length)));

function fromFaults(from: string, path: string): Fault[] {
  const parts = from.split('|');
  if (parts.some((part) => part.trim() === '')) return [{ path, message: 'an alternative is empty' }];
  if (new Set(parts).size < parts.length) return [{ path, message: 'an alternative stands there twice' }];
  return parts.length > ALTERNATIVES_MAX
    ? [{ path, message: `at most ${ALTERNATIVES_MAX} alternatives` }]
    : [];
}

function mappingFaults(mapping: FieldMapping, path: string): Fault[] {
  const { from, to, transform, unit } = mapping;
  const faults = fromFaults(from, `${path}.from`);
  const own = to.startsWith('column:');
  const allowed = own ? COLUMN_TRANSFORMS : isKnown(to) ? FITTINGS[to].transforms : null;
  if (own && !COLUMN_NAME.test(to.slice('column:'.length)))
    faults.push({
      path: `${path}.to`,
      message:
        'the name after column: begins with a letter or digit, has at most 80 characters and no | , ; or quotes',
    });
  if (allowed === null) faults.push({ path: `${path}.to`, message: `unknown; ${allowedTargets()}` });
  else if (!allowed.includes(transform as TransformName))
    faults.push({ path: `${path}.transform`, message: `allowed: ${allowed.join(', ')}` });
  if (unit !== null) faults.push(...unitFaults(mapping, path));
  return faults;
}

function unitFaults({ to, transform, unit }: FieldMapping, path: string): Fault[] {
  const at = `${path}.unit`;
  const entry = reference().units.find((one) => one.unit === unit);
  if (!entry) return [{ path: at, message: 'no unit of the reference data `units`' }];
  if (!NUMERIC.includes(transform)) return [{ path: at, message: 'only a number has a unit' }];
  if (transform === 'thousand-to-wan')
    return [{ path: at, message: 'thousand-to-wan knows its unit; take number with thousand-yuan' }];
  const wanted: Quantity | undefined = isKnown(to) ? FITTINGS[to].quantity : undefined;
  return wanted !== undefined && entry.quantity !== wanted
    ? [{ path: at, message: `measures ${entry.quantity}, ${to} is ${wanted}` }]
    : [];
}

const allowedTargets = (): string =>
  `allowed: ${ENTERPRISE_ATTRIBUTE_NAMES.join(', ')}, ${Object.keys(INDICATORS)
    .map((code) => `indicator:${code}`)
    .join(', ')}, ${PART_TARGET_LIST.map(({ target: part }) => part).join(', ')}, column:NAME`;

/** Two fields for one target would hide each other; `a|b` says which comes first. */
function repeatedFaults(mappings: readonly FieldMapping[]): Fault[] {
  const first = new Map<string, number>();
  return mappings.flatMap(({ to }, at) => {
    const before = first.get(to);
    if (before === undefined) first.set(to, at);
    return before === undefined
      ? []
      : [
          {
            path: `mappings.${at}.to`,
            message: `${to} is told by mappings.${before} already; write a|b there`,
          },
        ];
  });
}

function testFaults(
  { expected }: MappingTest,
  { at, mappings }: { at: number; mappings: readonly FieldMapping[] },
): Fault[] {
  return Object.keys(expected)
    .filter((target) => !mappings.some(({ to }) => to === target))
    .map((target) => ({ path: `tests.${at}.expected.${target}`, message: 'no field becomes it' }));
}

export type TestOutcome = MappingPreview['tests'][number];

/** Holds the rows kept with a mapping against it: each expected value must come out, null means none. */
export const runTests = (content: MappingContent, standardise: Standardise): TestOutcome[] =>
  content.tests.map(({ name, row, expected }) => {
    const { values } = standardise(content, row);
    const differences = Object.entries(expected).flatMap(([to, wanted]) => {
      const found = values.find((value) => value.to === to)?.value ?? null;
      return found === wanted ? [] : [{ to, expected: wanted, found }];
    });
    return { name, passed: differences.length === 0, differences };
  });

/** What a mapping makes of rows, with its tests and with what keeps it from being saved. Rows are shown although it has faults. */
export function previewMapping(
  content: MappingContent,
  rows: readonly Readonly<Record<string, unknown>>[],
  { standardise, target }: { standardise: Standardise; target: SourceTarget },
): MappingPreview {
  const faults = checkMapping(content, target);
  // a target or transform that does not exist cannot be applied; the others are shown all the same
  const mappings = content.mappings.filter(
    (mapping, at) => mappingFaults(mapping, `mappings.${at}`).length === 0,
  );
  const usable = { ...content, mappings };
  return {
    rows: rows.map((row) => mappedRow(row, standardise(usable, row))),
    tests: runTests(usable, standardise),
    faults,
  };
}

const mappedRow = (
  row: Readonly<Record<string, unknown>>,
  { rowKey, period, values, findings, rejected }: Standardised,
): MappedRow => ({
  rowKey,
  period,
  row: { ...row },
  values: values.map(({ to, value, raw, field, valid }) => ({ to, value, raw, field, valid })),
  findings: findings.map(({ rule, field, value }) => {
    const { severity, message } = FINDING_RULES[rule];
    return { rule, field, value, severity, message: { ...message } };
  }),
  rejected,
});
