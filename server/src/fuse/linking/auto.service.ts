import type { LinkRule, LinkSettings } from '@ronghe/contracts';
import { rawText } from '../standards/text.ts';
import { type Proposal, propose, settingsFrom } from './auto.ts';
import { columnsOf, determined, type LeftOut, matchColumns, redundant } from './auto-columns.ts';
import { type ColumnLook, lookAt } from './auto-kinds.ts';
import { refuse } from './failure.ts';
import { findHeader, type Input, PROFILED_ROWS_MAX } from './inputs.reader.ts';
import type { LinkingStore } from './linking.store.ts';
import { countRule, RULES_MAX } from './pairing.service.ts';

export type Auto = { proposal: Proposal; leftOut: LeftOut[] };

/**
 * Looks at the first rows of every input and proposes columns, comparisons and rules to choose from. The id and what `hidden` names
 * are never looked at.
 * @throws AppError LINK_INPUT_INVALID when no column can be compared
 */
export async function proposeSettings(
  inputs: readonly Input[],
  { hidden }: { hidden: readonly string[] },
): Promise<Auto> {
  const looks: ColumnLook[][] = [];
  for (const input of inputs) looks.push(await looksOf(input, hidden));
  const { groups, leftOut } = matchColumns(looks);
  const all = columnsOf(groups);
  const gone = redundant(all);
  const columns = all.filter(({ name }) => !gone.has(name));
  for (const { name, from } of all)
    if (gone.has(name))
      leftOut.push({ input: 0, header: (from ?? [name]).join(', '), reason: 'said by others' });
  if (columns.length === 0)
    throw refuse(
      [
        `没有可比较的列：${leftOut.map(({ header, reason }) => `${header}（${reason}）`).join('、')}`,
        `no column can be compared: ${leftOut.map(({ header, reason }) => `${header} (${reason})`).join(', ')}`,
      ],
      [
        '列须非空、取值多于一种，且各文件都有；或写一份设置文件',
        'Columns must be filled, vary, and be in all files; or write a settings file',
      ],
    );
  return { proposal: propose({ columns, determined: determined(columns) }), leftOut };
}

async function looksOf({ table, columns, id }: Input, hidden: readonly string[]): Promise<ColumnLook[]> {
  const raw = columns.map((): string[] => []);
  let rows = 0;
  for await (const page of table.pages(new AbortController().signal)) {
    for (const row of page.rows) for (const [at, values] of raw.entries()) values.push(rawText(row[at]));
    rows += page.rows.length;
    if (rows >= PROFILED_ROWS_MAX) break;
  }
  const out = new Set([id, ...hidden.map((header) => findHeader(columns, header))]);
  return columns.flatMap((header, at) => (out.has(at) ? [] : [lookAt(header, raw[at] ?? [])]));
}

/** Of small tables every pair is compared. */
const COMPARED_ALL_MAX = 600_000;
/** Pairs a record may be compared in on average: many where there are few records, and in all. */
const PAIRS_PER_RECORD = 150;
const PAIRS_PER_RECORD_MIN = 12;
const PAIRS_ALL_MAX = 2_500_000;
/** Share of the budget that one rule may take. */
const RULE_SHARE = 1 / 6;
const RULES_CHOSEN_MAX = 45;
/** Rules that are counted: each count reads the records once. */
const COUNTED_MAX = 260;
const COUNTED_RECORDS = 12_000_000;

/** Chooses rules by counting what each brings: the most general ones that stay within the budget. */
export async function chooseRules(
  store: LinkingStore,
  { proposal, records, possible }: { proposal: Proposal; records: number; possible: number },
): Promise<LinkSettings> {
  if (possible <= COMPARED_ALL_MAX) return settingsFrom(proposal, [{ on: [], blockMax: 20_000 }]);
  const budget = Math.max(
    PAIRS_PER_RECORD_MIN * records,
    Math.min(PAIRS_ALL_MAX, PAIRS_PER_RECORD * records),
  );
  const settings = settingsFrom(proposal, []);
  const most = Math.max(30, Math.min(COUNTED_MAX, Math.floor(COUNTED_RECORDS / records)));
  const counted: { rule: LinkRule; pairs: number }[] = [];
  for (const rule of proposal.rules.slice(0, most)) {
    if (
      impliedBy(
        rule,
        counted
          .filter(({ rule: one, pairs }) => one.on.length === 1 && pairs <= budget * RULE_SHARE)
          .map(({ rule: one }) => one),
      )
    )
      continue;
    const { pairs } = await countRule(store, { rule, settings });
    if (pairs > 0) counted.push({ rule, pairs });
  }
  const chosen: LinkRule[] = [];
  let sum = 0;
  const general = (one: { rule: LinkRule }) => one.rule.on.length;
  for (const { rule, pairs } of counted.sort((a, b) => general(a) - general(b) || a.pairs - b.pairs)) {
    if (chosen.length >= Math.min(RULES_CHOSEN_MAX, RULES_MAX - proposal.texts.length)) break;
    if (pairs > budget * RULE_SHARE || sum + pairs > budget || impliedBy(rule, chosen)) continue;
    chosen.push(rule);
    sum += pairs;
  }
  return settingsFrom(proposal, chosen);
}

/** True when another rule asks for less than this one: everything this one finds, that one finds too. */
const impliedBy = (rule: LinkRule, others: readonly LinkRule[]): boolean =>
  others.some(({ on }) => on.every((key) => rule.on.some((own) => own === key || isPartOf(key, own))));
/** A whole value that is equal has equal parts. */
const isPartOf = (part: string, whole: string): boolean => part.startsWith(`${whole}.`);
