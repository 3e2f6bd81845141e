import { reference } from '../standards/reference.ts';
import {
  type Audited,
  type Binder,
  BREACHES_MAX,
  breachSql,
  createBinder,
  type Statement,
  stateSql,
} from './compile.ts';

type Pass = { count: Statement; breaches: (limit?: number) => Statement };
/** Written behind a number by itself, 万 says what 万元 says. */
const SHORT = ['万', '亿'];

/**
 * Numbers without a unit in columns in which other cells carry one: what they mean is not known, 3.2 may be 万元 or 亿元. A
 * breach names the units that others carry, and the unit the mapping takes the number to be in. `unitless` is that of `SourceShape`.
 */
export function compileUnits(
  audited: Audited,
  { id }: { id: string },
  unitless: ReadonlyMap<string, string | null>,
): Pass {
  const count = createBinder();
  return {
    count: {
      // sql-identifier: a query of ours, all values bound
      sql: `select sum(told + bare) as c0, sum(bare) as f0 from (
          select target, countIf(unit != '') as told, countIf(isBare) as bare from (${cells(count, audited, unitless)})
          group by target having told > 0)`,
      params: count.params,
    },
    breaches(limit = BREACHES_MAX) {
      const binder = createBinder();
      const { bind } = binder;
      const [targets, taken] = [[...unitless.keys()], [...unitless.values()].map(takenAs)];
      const as = `transform(toString(target), ${bind(targets, 'Array(String)')}, ${bind(taken, 'Array(String)')}, '')`;
      const [all, again] = [cells(binder, audited, unitless), cells(binder, audited, unitless)];
      // sql-identifier: a query of ours, all values bound
      const found = `select row_key, entity_key, period,
          (${bind(id, 'String')}, toString(target), raw, concat(arrayStringConcat(units, '、'), ${as})) as b
        from (${all}) as one inner join (
          select target, arraySort(groupUniqArrayIf(10)(unit, unit != '')) as units from (${again})
          group by target having notEmpty(units)) as other on one.target = other.target
        where isBare`;
      return { sql: breachSql(found, limit), params: binder.params };
    },
  };
}

/** Cells of the columns with the unit they carry, empty for none; `isBare` when there is nothing but a number. */
function cells(binder: Binder, audited: Audited, unitless: ReadonlyMap<string, string | null>): string {
  const { bind } = binder;
  const names = [...SHORT, ...reference().units.flatMap((entry) => entry.names)].map((name) =>
    name.toLowerCase(),
  );
  const state = stateSql(binder, audited, ['value_to', 'value_text', 'value_raw']);
  // the value as it came (kept only where it is not the value itself), in half width, without what groups digits and what stands beside a number without being a unit
  const clean = `replaceRegexpAll(replaceRegexpAll(normalizeUTF8NFKC(raw), '[\\\\s,]', ''), '[左右余]+$', '')`;
  // sql-identifier: a query of ours, all values bound
  return `select row_key, entity_key, period, target, if(kept = '', text, kept) as raw, ${clean} as plain,
      match(plain, '^[(]?[-+−]?[0-9]+([.][0-9]+)?[)]?$') as isBare,
      extract(plain, '[0-9]([^0-9.]+)$') as ending,
      if(lowerUTF8(ending) in ${bind(names, 'Array(String)')}, ending, '') as unit
    from (${state}) array join value_to as target, value_text as text, value_raw as kept
    where target in ${bind([...unitless.keys()], 'Array(String)')}`;
}

/** What the mapping makes of a bare number, in the words of both languages. */
function takenAs(unit: string | null): string {
  const name = reference().units.find((entry) => entry.unit === unit)?.names[0];
  return name === undefined ? '' : `；按${name}采用 / taken as ${name}`;
}
