import { existsSync } from 'node:fs';
import type { LinkArguments } from './arguments.ts';
import { type Evaluated, evaluate, impliedPairs, keyOf, type Truth } from './evaluate.ts';
import { refuse } from './failure.ts';
import type { Linked } from './linking.service.ts';
import { readTruthPairs } from './truth.reader.ts';

export type EvaluatedRun = Evaluated & {
  /** share of true pairs that were compared at all */
  blockingRecall: number;
};

/** Holds a run against the truth, which is a column, a file of pairs, or what a pattern finds in the ids. */
export async function evaluateRun(
  linked: Linked,
  asked: Pick<LinkArguments, 'truth' | 'truthPattern'>,
): Promise<EvaluatedRun> {
  const { loaded, decided, population } = linked;
  const { scored, links } = decided;
  const found = {
    a: links.map((at) => scored.a[at] ?? 0),
    b: links.map((at) => scored.b[at] ?? 0),
    cluster: decided.clustered.cluster,
    inputOf: loaded.sourceOf.map((source) => loaded.sources[source]?.input ?? 0),
    within: population.within,
  };
  const truth = await truthOf(linked, asked, new Set(found.a.map((a, at) => keyOf(a, found.b[at] ?? 0))));
  const compared = await comparedTrue(linked, truth);
  const all =
    truth.kind === 'pairs'
      ? truth.same.size
      : impliedPairs(
          truth.entity.map((name, record) => (name === '' ? `\0${record}` : name)),
          found,
        );
  return { ...evaluate(truth, found), blockingRecall: all === 0 ? 1 : compared / all };
}

async function truthOf(
  { loaded }: Linked,
  { truth, truthPattern }: Pick<LinkArguments, 'truth' | 'truthPattern'>,
  links: ReadonlySet<number>,
): Promise<Truth> {
  if (truthPattern !== null) {
    const pattern = patternOf(truthPattern);
    return { kind: 'entity', entity: loaded.ids.map((id) => pattern.exec(id)?.[1] ?? '') };
  }
  if (truth !== null && existsSync(truth)) return readTruthPairs(truth, loaded, links);
  if (loaded.truth.every((entity) => entity === ''))
    throw refuse(
      [`真值列 ${truth} 全部为空`, `the column ${truth} of the truth is empty throughout`],
      ['换一列', 'Name another column'],
    );
  return { kind: 'entity', entity: loaded.truth };
}

/** @throws AppError LINK_INPUT_INVALID when it is none */
export function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw refuse(
      [
        `--truth-pattern 不是正则表达式：${(error as Error).message}`,
        `--truth-pattern is no pattern: ${(error as Error).message}`,
      ],
      ['例如 ^rec-(\\d+)-', 'For instance ^rec-(\\d+)-'],
    );
  }
}

/** True pairs among those that blocking found. */
async function comparedTrue({ store, population }: Linked, truth: Truth): Promise<number> {
  const { database } = store;
  if (truth.kind === 'entity') {
    const numbers = new Map<string, number>();
    const entity = Uint32Array.from(truth.entity, (name, record) => {
      const key = name === '' ? `\0${record}` : name;
      const known = numbers.get(key) ?? numbers.size;
      numbers.set(key, known);
      return known;
    });
    await store.run([
      {
        name: 'truth',
        // sql-identifier: the database is named by us
        sql: `create table ${database}.truth (id UInt32, entity UInt32) engine = MergeTree order by id`,
      },
    ]);
    await store.insert('truth', [
      {
        name: 'id',
        type: 'UInt32',
        values: Uint32Array.from({ length: population.records }, (_v, at) => at),
      },
      { name: 'entity', type: 'UInt32', values: entity },
    ]);
    const [row] = await store.ask<{ n: string }>({
      name: 'true pairs compared',
      // sql-identifier: the database is named by us
      sql: `select count() as n from ${database}.pairs p inner join ${database}.truth l on l.id = toUInt32(bitShiftRight(p.pair, 32))
inner join ${database}.truth r on r.id = toUInt32(bitAnd(p.pair, 4294967295)) where l.entity = r.entity`,
    });
    return Number(row?.n ?? 0);
  }
  await store.run([
    {
      name: 'truth',
      // sql-identifier: the database is named by us
      sql: `create table ${database}.truth (pair UInt64) engine = MergeTree order by pair`,
    },
  ]);
  const pairs = BigUint64Array.from([...truth.same], (key) => {
    const [a, b] = [Math.floor(key / 2 ** 26), key % 2 ** 26];
    return (BigInt(a) << 32n) | BigInt(b);
  });
  await store.insert('truth', [{ name: 'pair', type: 'UInt64', values: pairs }]);
  const [row] = await store.ask<{ n: string }>({
    name: 'true pairs compared',
    // sql-identifier: the database is named by us
    sql: `select count() as n from ${database}.pairs where pair in (select pair from ${database}.truth)`,
  });
  return Number(row?.n ?? 0);
}
