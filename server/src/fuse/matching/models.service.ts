import type { MatchModel, MatchThresholds } from '@ronghe/contracts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createModelReading } from './model-reading.service.ts';
import { createModelTraining } from './model-training.service.ts';
import { createUnscopedModelStore, SHIPPED } from './models.store.ts';

export const TRAIN_MODEL_JOB = 'fuse.train-model';

/** Versions of the matching model: training, thresholds, and which one is in use. */
export function createModels({ platform, system }: { platform: Platform; system: Scope }) {
  const { relational, audit, clock, jobs } = platform;
  const db = relational.as<FuseTables>();
  const store = createUnscopedModelStore(db);
  const learn = createModelTraining(platform);
  const reading = createModelReading(db);

  return {
    ...reading,

    /** Orders training on the records there are; the version it makes is not in use by itself. */
    async train(scope: Scope, { note }: { note: string }): Promise<{ job: string }> {
      demand(scope, 'fuse:model:write');
      demandRoot(scope);
      const job = await jobs.enqueue(system, {
        kind: TRAIN_MODEL_JOB,
        params: { note, by: scope.actor.name },
      });
      await audit.record(scope, {
        action: 'fuse:model:train',
        target: `job:${job}`,
        organisation: scope.organisation,
        after: { note },
      });
      return { job };
    },

    /** The work of the job. @throws MODEL_UNTRAINED */
    async trainNow(
      { note, by }: { note: string; by: string },
      signal: AbortSignal,
      tell: (share: number) => Promise<void>,
    ): Promise<Record<string, unknown>> {
      const { content, warnings } = await learn(signal, tell);
      const { thresholds } = await store.active();
      const version = await db.transaction().execute((transaction) =>
        createUnscopedModelStore(transaction).add({
          ...{ content, match: thresholds.match, review: thresholds.review },
          ...{ note, made_by: by, made_at: clock.now() },
        }),
      );
      const { records, pairs, links, decisions } = content;
      return { version, records, pairs, links, decisions, warnings: warnings.map(({ zh }) => zh) };
    },

    /** A version with other thresholds; not in use by itself. @throws NOT_FOUND */
    async edit(scope: Scope, { base, match, review, note }: MatchThresholds): Promise<MatchModel> {
      demand(scope, 'fuse:model:write');
      demandRoot(scope);
      const version = await db.transaction().execute(async (transaction) => {
        const models = createUnscopedModelStore(transaction);
        const kept = await models.all();
        const content =
          base === SHIPPED.version ? SHIPPED.content : kept.find((one) => one.version === base)?.content;
        if (!content) throw new AppError('NOT_FOUND', { thing: `model ${base}` });
        const made = await models.add({
          ...{ content, match, review, note, made_by: scope.actor.name, made_at: clock.now() },
        });
        await audit.record(
          scope,
          {
            action: 'fuse:model:edit',
            target: `model:${made}`,
            organisation: scope.organisation,
            before: { base },
            after: { match, review, note },
          },
          transaction,
        );
        return made;
      });
      return reading.get(scope, version);
    },

    /** Takes a version into use for what comes from now on; 0 goes back to the shipped one. @throws NOT_FOUND */
    async use(scope: Scope, version: number, { note }: { note: string }): Promise<MatchModel> {
      demand(scope, 'fuse:model:write');
      demandRoot(scope);
      await db.transaction().execute(async (transaction) => {
        const models = createUnscopedModelStore(transaction);
        const before = await models.active();
        if (!(await models.use(version))) throw new AppError('NOT_FOUND', { thing: `model ${version}` });
        await audit.record(
          scope,
          {
            action: 'fuse:model:use',
            target: `model:${version}`,
            organisation: scope.organisation,
            before: { version: before.version },
            after: { version, note },
          },
          transaction,
        );
      });
      return reading.get(scope, version);
    },
  };
}
export type Models = ReturnType<typeof createModels>;
