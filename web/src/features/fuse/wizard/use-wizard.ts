import type { SourceConnection, SourceLook } from '@ronghe/contracts';
import { useEffect, useState } from 'react';
import { sendJson } from '../../../lib/api.ts';
import { useMe } from '../../../lib/session.ts';
import { fits, forget, type Kept, keep, readKept, readsByItself, worthKeeping } from './kept.ts';
import { beginDraft, START, type Wizard } from './wizard-state.ts';

/** The first look may have to read a large file or wait for a slow system. */
const LOOK_MS_MAX = 180_000;

/** The state of the wizard: what is known so far, looks at data, and what the browser keeps of it. */
export function useWizard() {
  const user = useMe()?.id ?? '';
  const [wizard, setWizard] = useState<Wizard>(START);
  const [kept, setKept] = useState<Kept | null>(() => readKept(user, Date.now()));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (worthKeeping(wizard)) keep(user, wizard, Date.now());
    else if (wizard.step === 'result') forget(user);
  }, [user, wizard]);
  const set = (change: Partial<Wizard>) => setWizard((known) => ({ ...known, ...change }));
  /** a step further or back: what was refused is over */
  const put = (change: Partial<Wizard>) => {
    setError(null);
    set(change);
  };
  const seen = (look: SourceLook, connection: SourceConnection, change: Partial<Wizard> = {}) =>
    setWizard((known) => {
      const next = { ...known, ...change };
      const beside = { look, connection, entered: null, resuming: null };
      return { ...next, ...beside, ...afterLook(known, next, look) };
    });
  const look = async (connection: SourceConnection, change: Partial<Wizard> = {}) => {
    setBusy(true);
    setError(null);
    try {
      const found = await sendJson<SourceLook>('POST', '/api/fuse/sources/look', {
        body: { connection },
        waitMsMax: LOOK_MS_MAX,
      });
      seen(found, connection, change);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const drop = () => {
    forget(user);
    setKept(null);
  };
  const resume = () => {
    if (kept === null) return;
    const { keptAt: _, step, draft, naming, ...rest } = kept;
    const resuming = { step, draft, naming };
    if (kept.connection && readsByItself(kept)) void look(kept.connection, { ...START, ...rest, resuming });
    else put({ ...START, ...rest, resuming, step: 'connect' });
  };
  return { wizard, put, set, setError, seen, look, error, busy, kept, resume, drop };
}

/** Where a look leads: on with what was there before as long as the data still has its columns, else to a new beginning. */
function afterLook(
  before: Wizard,
  { kind, template, resuming }: Wizard,
  look: SourceLook,
): Pick<Wizard, 'draft' | 'naming' | 'step'> {
  const fresh = beginDraft(look, template);
  if (resuming?.draft && fits(resuming.draft, look))
    return { ...resuming, draft: { ...resuming.draft, tests: fresh.tests } };
  const sameTable = before.kind === kind && before.template === template && sameColumns(before.look, look);
  return { draft: sameTable && before.draft ? before.draft : fresh, naming: null, step: 'look' };
}

const sameColumns = (before: SourceLook | null, { columns }: SourceLook): boolean =>
  before?.columns.length === columns.length && columns.every((name, at) => before.columns[at] === name);
