import type { Bilingual } from '@ronghe/contracts';
import type { Draft } from './draft.ts';
import type { Issues } from './issues.ts';
import { isTree, type Tree, textOf } from './values.ts';

/** One plug-in of the file with what it needs from around it. */
export type Plugin = {
  settings: Tree;
  /** `inputs.modbus` and which of them */
  place: Bilingual;
  label: string;
  intervalMs: number;
  draft: Draft;
  issues: Issues;
};

/** A password of a plug-in, or undefined when a secret store holds it, which is told. */
export function secretOf(settings: Tree, field: string, { issues, place }: Plugin): string | undefined {
  const text = textOf(settings[field]);
  if (!text.startsWith('@{')) return text === '' ? undefined : text;
  issues.warning(place, 'secret-elsewhere', { setting: field });
  return undefined;
}

/** The machine a metric belongs to, from the tag that says so; other tags have no counterpart. */
export function equipmentOf(tags: unknown, { issues, place }: Plugin): string | undefined {
  if (!isTree(tags)) return undefined;
  const NAMES = ['equipment', 'machine', 'device', 'asset', 'unit'];
  const name = NAMES.find((each) => textOf(tags[each]) !== '');
  for (const other of Object.keys(tags))
    if (other !== name) issues.once(place, 'setting-left-out', { setting: `tags.${other}` });
  return name === undefined ? undefined : textOf(tags[name]);
}
