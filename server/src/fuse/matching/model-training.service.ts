import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createUnscopedPairStore } from '../decisions/decisions.store.ts';
import { createUnscopedFusingStore, type Head } from '../enterprises/fusing.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type DecidedPair, idOfRecord } from './constraints.ts';
import { ENTERPRISE_SETTINGS } from './enterprise-settings.ts';
import type { StoredModel } from './judge.ts';
import { runLinker } from './linker.process.ts';
import { createUnscopedLinkStore } from './links.store.ts';

const BATCH = 5_000;
/** Decided pairs that training takes, the newest. */
const DECISIONS_MAX = 5_000;
const HEADER = [
  'record_id',
  'source',
  'name',
  'former',
  'code',
  'legal_person',
  'phone',
  'address',
  'county_code',
];
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

type Learned = { content: StoredModel; warnings: readonly { zh: string; en: string }[] };

/**
 * Learns a model from the records there are: their standardised values go through the linker in a process of its own, with what people decided as
 * links and as pairs that are none. @throws AppError MODEL_UNTRAINED
 */
export function createModelTraining({ relational, analytics }: Platform) {
  const db = relational.as<FuseTables>();
  const [links, records] = [createUnscopedLinkStore(db), createUnscopedFusingStore(db, analytics)];

  /** Writes the newest row of every present record; answers with how many. */
  async function write(file: string, signal: AbortSignal, tell: (share: number) => Promise<void>) {
    const out = createWriteStream(file);
    out.write(`${HEADER.join(',')}\n`);
    let written = 0;
    const last = await links.last();
    for (let after = 0; ; ) {
      signal.throwIfAborted();
      const batch = await links.after(after, BATCH);
      if (batch.length === 0) break;
      after = batch.at(-1)?.number ?? after;
      for (const [source, keys] of bySource(batch)) {
        const heads = await records.heads(source, keys);
        for (const [key, head] of heads)
          if (!out.write(`${rowOf(source, key, head).map(cell).join(',')}\n`)) await once(out, 'drain');
        written += heads.size;
      }
      await tell(Math.min(1, after / Math.max(1, last)) * 0.3);
    }
    out.end();
    await once(out, 'finish');
    return written;
  }

  return async function learn(signal: AbortSignal, tell: (share: number) => Promise<void>): Promise<Learned> {
    const folder = mkdtempSync(join(tmpdir(), 'ronghe-model-'));
    try {
      const file = join(folder, 'records.csv');
      const written = await write(file, signal, tell);
      if (written < 2) throw untrained(`共 ${written} 条`, `there are ${written}`);
      const decided = await createUnscopedPairStore(db).holding(DECISIONS_MAX);
      const settings = join(folder, 'settings.json');
      writeFileSync(settings, JSON.stringify(settingsWith(decided)));
      const report = await runLinker({ file, settings, folder }, signal);
      await tell(0.95);
      if (!report.learned)
        throw untrained(
          `可比较的记录对只有 ${report.pairs} 个`,
          `only ${report.pairs} pairs of them have anything in common`,
        );
      const { scorer, shares } = report;
      return {
        warnings: report.warnings,
        content: {
          records: report.records,
          pairs: report.pairs,
          links: Math.max(1, Math.round(report.linksExpected)),
          decisions: decided.length,
          ...{ told: scorer.told, equal: scorer.equal, weights: scorer.weights, m: shares.m, u: shares.u },
        },
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

const untrained = (zh: string, en: string) =>
  new AppError('MODEL_UNTRAINED', { reason: en, 'reason.zh': zh, 'reason.en': en });

function settingsWith(decided: readonly DecidedPair[]) {
  const pairs = (kind: DecidedPair['kind']) =>
    decided.filter((one) => one.kind === kind).map(({ a, b }) => [idOfRecord(a), idOfRecord(b)]);
  return {
    ...ENTERPRISE_SETTINGS,
    sourceColumn: 'source',
    deterministic: [{ on: ['code.tax'], unless: ['name.branch'] }],
    mustLink: pairs('must-link'),
    cannotLink: pairs('cannot-link'),
  };
}

const bySource = (batch: readonly { source: string; entityKey: string }[]): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const { source, entityKey } of batch) found.set(source, [...(found.get(source) ?? []), entityKey]);
  return found;
};

function rowOf(source: string, entityKey: string, { clean: { values } }: Head): string[] {
  const { name, shortName, formerName, code, legalPerson, phone, address, division } = values;
  return [
    idOfRecord({ source, entityKey }),
    source,
    ...[name ?? shortName, formerName, code, legalPerson, phone, address, division].map(
      (one) => one?.value ?? '',
    ),
  ];
}
