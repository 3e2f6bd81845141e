import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { LinkSettings } from '@ronghe/contracts';
import { ruleName } from './blocking.ts';
import { probabilityOf } from './em.ts';
import type { Linked } from './linking.service.ts';

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const FLUSH_LINES = 20_000;

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const out = createWriteStream(path);
  const failed = once(out, 'error').then(([error]) => Promise.reject(error));
  const write = async () => {
    let waiting: string[] = [];
    const flush = async () => {
      if (waiting.length > 0 && !out.write(`${waiting.join('\n')}\n`)) await once(out, 'drain');
      waiting = [];
    };
    for (const line of lines) {
      waiting.push(line);
      if (waiting.length >= FLUSH_LINES) await flush();
    }
    await flush();
    out.end();
    await once(out, 'finish');
  };
  await Promise.race([write(), failed]);
}

/** Writes `cluster_id, source, id` for every record, also those that stand alone; clusters are numbered from 1. */
export function writeClusters(path: string, { loaded, decided }: Linked): Promise<void> {
  function* lines() {
    yield 'cluster_id,source,id';
    for (const [record, id] of loaded.ids.entries()) {
      const source = loaded.sources[loaded.sourceOf[record] ?? 0]?.name ?? '';
      yield `${(decided.clustered.cluster[record] ?? 0) + 1},${cell(source)},${cell(id)}`;
    }
  }
  return writeLines(path, lines());
}

/**
 * Writes the links with their weight, probability, first rule that found them and the level of every comparison (-1: not told).
 * With `review`, pairs from that probability on that are no links follow, and a last column tells which is which.
 */
export function writePairs(
  path: string,
  { loaded, decided }: Linked,
  { settings, review }: { settings: LinkSettings; review: number | null },
): Promise<void> {
  const { scored, probability, links } = decided;
  const names = settings.comparisons.map(({ name }) => name);
  const rules = [
    ...settings.blocking.map((rule) => ('text' in rule ? `text ${rule.text}` : ruleName(rule))),
    ...(settings.deterministic ?? []).map((rule) => `certain: ${ruleName({ on: rule.on })}`),
  ];
  const source = (record: number) => cell(loaded.sources[loaded.sourceOf[record] ?? 0]?.name ?? '');
  const isLink = new Uint8Array(scored.a.length);
  for (const at of links) isLink[at] = 1;
  const ruleOf = (at: number): string => {
    const low = scored.rulesLow[at] ?? 0;
    const high = scored.rulesHigh[at] ?? 0;
    if (low === 0 && high === 0) return 'group';
    const lowest = (bits: number) => 31 - Math.clz32(bits & -bits);
    return rules[low !== 0 ? lowest(low) : 32 + lowest(high)] ?? '';
  };
  function* lines() {
    const head = [
      'source_l',
      'id_l',
      'source_r',
      'id_r',
      'weight',
      'probability',
      'rule',
      ...names.map((name) => `level_${name}`),
    ];
    yield [...head, ...(review === null ? [] : ['decision'])].join(',');
    for (let at = 0; at < scored.a.length; at += 1) {
      const share = probability[at] ?? probabilityOf(scored.weight[at] ?? 0);
      if (isLink[at] === 0 && (review === null || share < review)) continue;
      const [a, b] = [scored.a[at] ?? 0, scored.b[at] ?? 0];
      const levels = names.map((_name, c) => String(scored.levels[at * names.length + c] ?? -1));
      yield [
        source(a),
        cell(loaded.ids[a] ?? ''),
        source(b),
        cell(loaded.ids[b] ?? ''),
        (scored.weight[at] ?? 0).toFixed(3),
        share.toFixed(6),
        cell(ruleOf(at)),
        ...levels,
        ...(review === null ? [] : [isLink[at] === 1 ? 'link' : 'review']),
      ].join(',');
    }
  }
  return writeLines(path, lines());
}
