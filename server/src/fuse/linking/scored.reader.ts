import { readFile } from 'node:fs/promises';

/** Scored pairs as arrays of equal length. `levels` holds those of one pair after the other. */
export type Scored = {
  a: Uint32Array;
  b: Uint32Array;
  weight: Float32Array;
  /** rules that found the pair, as bits; two halves of 32 */
  rulesLow: Uint32Array;
  rulesHigh: Uint32Array;
  sure: Uint8Array;
  levels: Int8Array;
};

/** Bytes of a row before its levels: pair, rules, sure, weight. */
const HEAD_BYTES = 8 + 8 + 1 + 4;

/** SQL of the rows that `readScored` reads. */
export const scoredSql = (
  database: string,
  { table, comparisons, least }: { table: string; comparisons: number; least: number },
): string => {
  const levels = Array.from({ length: comparisons }, (_value, at) => `g${at}`).join(', ');
  // sql-identifier: columns and tables are named by us, the weight is a number
  return `select pair, rules, sure, weight, ${levels} from ${database}.${table} where weight >= ${least} order by pair`;
};

/** SQL of all compared pairs with their levels, in the same form. */
export const comparedSql = (database: string, comparisons: number): string => {
  const levels = Array.from({ length: comparisons }, (_value, at) => `g${at}`).join(', ');
  // sql-identifier: columns and tables are named by us
  return `select pair, rules, toUInt8(0), toFloat32(0), ${levels} from ${database}.compared order by pair`;
};

/** Reads a file of `scoredSql` (RowBinary: values in their order, little-endian, nothing between). */
export async function readScored(file: string, comparisons: number): Promise<Scored> {
  const bytes = await readFile(file);
  const width = HEAD_BYTES + comparisons;
  const rows = bytes.length / width;
  const scored: Scored = {
    a: new Uint32Array(rows),
    b: new Uint32Array(rows),
    weight: new Float32Array(rows),
    rulesLow: new Uint32Array(rows),
    rulesHigh: new Uint32Array(rows),
    sure: new Uint8Array(rows),
    levels: new Int8Array(rows * comparisons),
  };
  for (let row = 0, at = 0; row < rows; row += 1, at += width) {
    scored.b[row] = bytes.readUInt32LE(at);
    scored.a[row] = bytes.readUInt32LE(at + 4);
    scored.rulesLow[row] = bytes.readUInt32LE(at + 8);
    scored.rulesHigh[row] = bytes.readUInt32LE(at + 12);
    scored.sure[row] = bytes[at + 16] ?? 0;
    scored.weight[row] = bytes.readFloatLE(at + 17);
    for (let c = 0; c < comparisons; c += 1)
      scored.levels[row * comparisons + c] = bytes.readInt8(at + HEAD_BYTES + c);
  }
  return scored;
}

/** Two lists of scored pairs, one after the other. */
export function joined(one: Scored, two: Scored): Scored {
  const both = <Numbers extends Uint32Array | Float32Array | Uint8Array | Int8Array>(
    x: Numbers,
    y: Numbers,
  ): Numbers => {
    const all = new (x.constructor as new (length: number) => Numbers)(x.length + y.length);
    all.set(x);
    all.set(y, x.length);
    return all;
  };
  return {
    a: both(one.a, two.a),
    b: both(one.b, two.b),
    weight: both(one.weight, two.weight),
    rulesLow: both(one.rulesLow, two.rulesLow),
    rulesHigh: both(one.rulesHigh, two.rulesHigh),
    sure: both(one.sure, two.sure),
    levels: both(one.levels, two.levels),
  };
}
