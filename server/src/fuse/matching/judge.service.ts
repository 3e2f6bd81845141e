import type { Kysely } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import { createJudge, type Judge } from './judge.ts';
import { createUnscopedLinkStore } from './links.store.ts';
import { createUnscopedModelStore } from './models.store.ts';

/** The model in use, ready for the number of records there are. */
export async function judgeInUse(db: Kysely<FuseTables>): Promise<{ judge: Judge; version: number }> {
  const { version, content, thresholds } = await createUnscopedModelStore(db).active();
  const records = await createUnscopedLinkStore(db).last();
  return { judge: createJudge(content, { thresholds, records }), version };
}
