import type { SourceLook } from '@ronghe/contracts';
import type { ConnectionValues } from '../source/connection-values.ts';
import { type Draft, fieldsOf } from '../studio/draft.ts';
import { STEPS, type Step, type Wizard } from './wizard-state.ts';

/** What the browser keeps of a source that somebody is connecting: no secret, and no row of its data. */
export type Kept = Pick<Wizard, 'step' | 'kind' | 'template' | 'file' | 'connection' | 'draft' | 'naming'> & {
  /** what was typed of the connection and not looked at yet */
  entered: ConnectionValues | null;
  /** milliseconds since 1970 */
  keptAt: number;
};

/** An upload that no source uses is thrown away after a day, so a draft is not worth more. */
const AGE_MS_MAX = 24 * 3_600_000;
/** The number changes with the form of what is kept: an older one is no draft. */
const KEY = (user: string) => `ronghe.new-source.1.${user}`;
const SECRETS = ['password', 'secretKey', 'secrets'];
const WORTH_KEEPING: readonly Step[] = ['connect', 'look', 'mapping', 'name'];

/** Whether there is something that would be missed. */
export const worthKeeping = (wizard: Wizard): boolean =>
  WORTH_KEEPING.includes(wizard.step) && (wizard.step !== 'connect' || wizard.entered !== null);

/** Keeps the draft of one person in this tab; a browser that forbids storage keeps none. */
export function keep(user: string, wizard: Wizard, nowMs: number): void {
  const { step, kind, template, file, connection, draft, naming, entered } = wizard;
  const kept: Kept = {
    ...{ step, kind, template, file, naming },
    connection: connection && withoutSecrets(connection),
    entered: entered && withoutSecrets(entered),
    // Tests hold rows of the data.
    draft: draft && { ...draft, tests: [] },
    keptAt: nowMs,
  };
  try {
    sessionStorage.setItem(KEY(user), JSON.stringify(kept));
  } catch {
    // The draft then lasts as long as the page.
  }
}

/** What was kept of an unfinished source, while its file is still there. */
export function readKept(user: string, nowMs: number): Kept | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY(user)) ?? 'null');
    return isKept(kept) && nowMs - kept.keptAt < AGE_MS_MAX ? kept : null;
  } catch {
    return null;
  }
}

export function forget(user: string): void {
  try {
    sessionStorage.removeItem(KEY(user));
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/** Whether all that a mapping reads is still there. */
export function fits(draft: Draft, { columns }: Pick<SourceLook, 'columns'>): boolean {
  const known = new Set(columns);
  const asked = [...draft.rowKey, draft.periodField ?? '', ...draft.mappings.map(({ from }) => from)];
  return asked.flatMap(fieldsOf).every((field) => field === '' || known.has(field));
}

/** Whether the way in can be read again without anybody entering a secret. */
export const readsByItself = ({ connection }: Pick<Kept, 'connection'>): boolean =>
  connection?.kind === 'upload' || connection?.kind === 'folder';

const withoutSecrets = <Values extends object>(values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !SECRETS.includes(name))) as Values;

const isKept = (value: unknown): value is Kept =>
  typeof value === 'object' &&
  value !== null &&
  STEPS.includes((value as Kept).step) &&
  typeof (value as Kept).keptAt === 'number';
