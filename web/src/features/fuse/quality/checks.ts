/** A check as a form holds it; the server knows better which fields belong to which kind. */
export type CheckValues = { kind: string } & Record<string, unknown>;

/** How one value of a check is asked. */
export type Spec = {
  name: string;
  input:
    | 'field'
    | 'fields'
    | 'field-or-number'
    | 'number'
    | 'integer'
    | 'share'
    | 'text'
    | 'lines'
    | 'numbers'
    | 'operator'
    | 'source'
    | 'finding'
    | 'problem';
  required?: boolean;
  min?: number;
  max?: number;
  initial?: unknown;
};
export const OPERATORS = ['<', '<=', '=', '>=', '>', '!='] as const;

const field: Spec = { name: 'field', input: 'field', required: true };
const share: Spec = { name: 'share', input: 'share', required: true, initial: 0.5 };

/** What is asked for each kind of check; row checks first, then series, then runs, as the contract lists them. */
export const CHECKS = {
  required: [{ name: 'fields', input: 'fields', required: true }],
  pattern: [field, { name: 'pattern', input: 'text', required: true, max: 300 }],
  'one-of': [field, { name: 'values', input: 'lines', required: true }],
  range: [field, { name: 'least', input: 'number' }, { name: 'most', input: 'number' }],
  length: [
    field,
    { name: 'least', input: 'integer', required: true, min: 0, max: 10_000, initial: 0 },
    { name: 'most', input: 'integer', required: true, min: 0, max: 10_000, initial: 100 },
  ],
  unique: [{ name: 'fields', input: 'fields', required: true }],
  finding: [{ name: 'rule', input: 'finding', required: true }],
  compare: [
    { name: 'left', input: 'field', required: true },
    { name: 'operator', input: 'operator', required: true, initial: '<=' },
    { name: 'right', input: 'field-or-number', required: true },
    { name: 'factor', input: 'number', required: true, initial: 1 },
    { name: 'tolerance', input: 'share', required: true, initial: 0 },
  ],
  'code-division': [
    { name: 'code', input: 'field', required: true, initial: 'code' },
    { name: 'division', input: 'field', required: true, initial: 'division' },
  ],
  'other-source': [
    field,
    { name: 'source', input: 'source', required: true },
    { name: 'tolerance', input: 'share', required: true, initial: 0 },
  ],
  size: [
    { name: 'size', input: 'field', required: true, initial: 'size' },
    { name: 'employees', input: 'field', required: true, initial: 'employees' },
    { name: 'revenue', input: 'field', required: true, initial: 'revenue' },
  ],
  'unit-missing': [],
  cumulative: [field],
  jump: [field, { name: 'factors', input: 'numbers', required: true, initial: [10, 100, 1000, 10000] }],
  outlier: [field, { name: 'deviations', input: 'number', required: true, min: 2, max: 100, initial: 6 }],
  'months-missing': [],
  diverging: [
    field,
    { name: 'other', input: 'field', required: true },
    { name: 'factor', input: 'number', required: true, min: 1.1, max: 100, initial: 3 },
  ],
  late: [{ name: 'days', input: 'integer', required: true, min: 0, max: 366, initial: 45 }],
  rows: [share],
  rejected: [{ ...share, initial: 0.1 }],
  problem: [{ name: 'rule', input: 'problem', required: true, initial: 'text-broken' }],
  reachable: [
    { name: 'runs', input: 'integer', required: true, min: 1, max: 100, initial: 10 },
    { ...share, initial: 0.9 },
  ],
} as const satisfies Record<string, readonly Spec[]>;
export type CheckKind = keyof typeof CHECKS;
export const CHECK_KINDS = Object.keys(CHECKS) as CheckKind[];

export const specsOf = (kind: string): readonly Spec[] => CHECKS[kind as CheckKind] ?? [];

/** What a new check of a kind begins with. */
export const beginCheck = (kind: CheckKind): CheckValues => ({
  kind,
  ...Object.fromEntries(
    specsOf(kind).flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]])),
  ),
});

/** A check as it is sent: only its own values, a number written into a field's place made one, what is open null. */
export function checkOf(values: CheckValues): CheckValues {
  const check: CheckValues = { kind: values.kind };
  for (const { name, input } of specsOf(values.kind)) {
    const value = values[name];
    if (input === 'number' && (value === undefined || value === '')) check[name] = null;
    else if (input === 'field-or-number' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()))
      check[name] = Number(value);
    else if (input === 'lines' && typeof value === 'string')
      check[name] = value
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    else if (input === 'numbers' && Array.isArray(value)) check[name] = value.map(Number);
    else check[name] = value;
  }
  return check;
}

/** A check as its form shows it: lists as lines. */
export function formOf(check: CheckValues): CheckValues {
  const values: CheckValues = { ...check };
  for (const { name, input } of specsOf(check.kind)) {
    const value = check[name];
    if (input === 'lines' && Array.isArray(value)) values[name] = value.join('\n');
    if (input === 'numbers' && Array.isArray(value)) values[name] = value.map(String);
    if (input === 'field-or-number' && typeof value === 'number') values[name] = String(value);
  }
  return values;
}
