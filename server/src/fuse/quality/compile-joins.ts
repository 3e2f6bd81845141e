import {
  type Audited,
  type Binder,
  BREACHES_MAX,
  breachSql,
  createBinder,
  createFields,
  type Statement,
  stateSql,
} from './compile.ts';
import type { JoinCheck, RuleOf } from './rules.ts';

/** What another source has for the same enterprises, and whether its values may be told to readers of this one. */
export type Other = Audited & { monthly: boolean; mayTell: boolean };
type Pass = { count: Statement; breaches: (limit?: number) => Statement };

/** Rows whose values came twice in one month. */
export function compileUnique(audited: Audited, rule: RuleOf<Extract<JoinCheck, { kind: 'unique' }>>): Pass {
  const start = () => {
    const binder = createBinder();
    const fields = createFields(binder);
    const names = rule.check.fields.map((field) => fields.text(field));
    // sql-identifier: aliases of ours; values and names of fields are bound
    const rows = `select * from (${stateSql(binder, audited, fields.columns)}) where ${names.map((name) => `${name} != ''`).join(' and ')}`;
    const key = ['period', ...names].join(', ');
    return { binder, names, rows, key };
  };
  const { binder, rows, key } = start();
  return {
    count: {
      // sql-identifier: aliases of ours; values and names of fields are bound
      sql: `select sum(n) as c0, sumIf(n, n > 1) as f0 from (select count() as n from (${rows}) group by ${key})`,
      params: binder.params,
    },
    breaches(limit = BREACHES_MAX) {
      const { binder, names, rows, key } = start();
      const id = binder.bind(rule.id, 'String');
      const field = binder.bind(rule.check.fields[0] ?? '', 'String');
      const value = `arrayStringConcat([${names.join(', ')}], ' | ')`;
      // sql-identifier: aliases of ours; values and names of fields are bound
      const found = `select row_key, entity_key, period, (${id}, ${field}, ${value}, '') as b from (${rows})
        where (${key}) in (select ${key} from (${rows}) group by ${key} having count() > 1)`;
      return { sql: breachSql(found, limit), params: binder.params };
    },
  };
}

/**
 * Held against what another source has for the same valid unified social credit code, in the same month where both are
 * monthly, else its newest. Numbers may be off by the tolerance, texts must be equal.
 */
export function compileOther(
  { audited, other }: { audited: Audited; other: Other },
  { id, check }: RuleOf<Extract<JoinCheck, { kind: 'other-source' }>>,
  monthly: boolean,
): Pass {
  const byMonth = monthly && other.monthly;
  const side = (binder: Binder, of: Audited) => {
    const fields = createFields(binder);
    const [code, valid, value] = [fields.text('code'), fields.valid('code'), fields.text(check.field)];
    const state = stateSql(binder, of, fields.columns);
    // sql-identifier: aliases of ours; values and names of fields are bound
    return `select row_key, entity_key, period, ${code} as code, ${value} as value, ${byMonth ? 'toString(period)' : `''`} as p
      from (${state}) where ${valid} = 1 and ${code} != '' and ${value} != ''`;
  };
  const joined = (binder: Binder) => {
    const [ours, theirs] = [side(binder, audited), side(binder, other)];
    const share = binder.bind(check.tolerance, 'Float64');
    const [l, r] = ['toFloat64OrNull(value)', 'toFloat64OrNull(known)'];
    const same = `ifNull(abs(${l} - ${r}) <= abs(${r}) * ${share} + greatest(abs(${l}), abs(${r})) * 1e-9, value = known)`;
    // sql-identifier: aliases of ours; values and names of fields are bound
    return `select row_key, entity_key, period, value, known, not ${same} as differs from (${ours}) as ours
      inner join (select code, p, argMax(value, (period, row_key)) as known from (${theirs}) group by code, p) as theirs
      on ours.code = theirs.code and ours.p = theirs.p`;
  };
  const binder = createBinder();
  return {
    // sql-identifier: a query of ours
    count: {
      sql: `select count() as c0, countIf(differs) as f0 from (${joined(binder)})`,
      params: binder.params,
    },
    breaches(limit = BREACHES_MAX) {
      const again = createBinder();
      const [rule, field] = [again.bind(id, 'String'), again.bind(check.field, 'String')];
      const known = other.mayTell ? 'known' : `''`;
      // sql-identifier: a query of ours; values are bound
      const found = `select row_key, entity_key, period, (${rule}, ${field}, value, ${known}) as b from (${joined(again)}) where differs`;
      return { sql: breachSql(found, limit), params: again.params };
    },
  };
}
