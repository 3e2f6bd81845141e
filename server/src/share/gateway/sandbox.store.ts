import type { ColumnOffer, DatasetOffer } from '#platform/datasets/offer.ts';
import { quote } from '#platform/db/sql-parameters.ts';

/** Rows that each dataset has in the sandbox. */
export const SANDBOX_ROWS = 200;
/** Different values of a text that is not part of the key, so that groups have something in them. */
const TEXTS = 12;
/** One value in so many is unknown, where it may be. */
const UNKNOWN_EVERY = 11;
/** How every text of the sandbox begins. */
const MARK = '样例SAMPLE';
/** Divisions of a province that does not exist. */
const DIVISIONS = ['990100', '990200', '990300'];
const ROW = 'rh__g.number';

/**
 * The same dataset over rows that are invented from its columns: deterministic, of the same names and types, each text marked, no value taken
 * from anywhere. Who sees which of them is decided as for real ones; no table is read at all.
 */
export const unscopedSandboxOffer = (offer: DatasetOffer): DatasetOffer => ({
  ...offer,
  tables: [],
  relation({ organisations }) {
    const list = offer.columns.map(
      (column) => `${invented(column, offer, organisations)} as \`${column.name}\``,
    );
    return {
      // sql-identifier: names of columns of an offer; texts are quoted literals
      sql: `select ${list.join(', ')} from numbers(${organisations.length === 0 ? 0 : SANDBOX_ROWS}) as rh__g`,
      filters: {},
    };
  },
  refresh: async () => 'sandbox',
});

function invented(column: ColumnOffer, offer: DatasetOffer, organisations: readonly string[]): string {
  const { name, title } = column;
  if (name === offer.organisationColumn) {
    const paths = organisations.length === 0 ? [''] : organisations;
    return `arrayElement([${paths.map(quote).join(', ')}], ${ROW} % ${paths.length} + 1)`;
  }
  const isKey = offer.key.includes(name);
  const value = inventedValue(column, `${MARK}-${title.zh}-`, isKey);
  // columns of a key are always known; others are unknown now and then, each in rows of its own
  return isKey ? value : `if((${ROW} + ${saltOf(name)}) % ${UNKNOWN_EVERY} = 0, null, ${value})`;
}

function inventedValue({ name, type, meaning }: ColumnOffer, begin: string, isKey: boolean): string {
  const salt = saltOf(name);
  switch (type) {
    case 'text': {
      if (meaning === 'division')
        return `arrayElement([${DIVISIONS.map(quote).join(', ')}], (${ROW} + ${salt}) % ${DIVISIONS.length} + 1)`;
      const number = isKey ? ROW : `(${ROW} + ${salt}) % ${TEXTS}`;
      return `concat(${quote(begin)}, leftPad(toString(${number}), 4, '0'))`;
    }
    case 'integer':
      return isKey ? `toInt64(${ROW})` : `toInt64((${ROW} * 7 + ${salt}) % 100)`;
    case 'number':
      return `toFloat64((${ROW} * 37 + ${salt}) % 1000) * 10 + 0.5`;
    case 'time':
      return `toDateTime64('2020-01-01 00:00:00', 6, 'UTC') + toIntervalHour(${ROW})`;
    case 'date':
      return `toDate('2020-01-01') + toIntervalDay(${ROW})`;
    case 'boolean':
      return `cast((${ROW} + ${salt}) % 2, 'Bool')`;
  }
}

/** A number of the name, so that columns do not run side by side. */
const saltOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
