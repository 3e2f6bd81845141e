import type { Scope } from '#platform/auth/scope.ts';
import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';
import type { Decisions } from '../decisions/decisions.service.ts';
import { createReview } from '../review/review.service.ts';
import { createExplaining } from './explaining.service.ts';
import { matchingRoutes } from './matching.routes.ts';
import { createModels, TRAIN_MODEL_JOB } from './models.service.ts';
import { createSearching } from './searching.service.ts';

const TRAIN_TIMEOUT_MS = 2 * 3_600_000;
type Parts = { platform: Platform; system: Scope; decisions: Decisions };

/** Matching for people and other systems: its routes and the job that trains a model. */
export function createMatchingRoom({ platform, system, decisions }: Parts) {
  const models = createModels({ platform, system });
  const explaining = createExplaining(platform);
  const review = createReview({ platform, decisions, explaining });
  const searching = createSearching(platform);
  platform.jobs.define({
    kind: TRAIN_MODEL_JOB,
    title: { zh: '训练匹配模型', en: 'Train a matching model' },
    permission: 'fuse:model:write',
    attemptsMax: 1,
    timeoutMs: TRAIN_TIMEOUT_MS,
    run: ({ job, signal, progress }) =>
      models.trainNow({ note: String(job.params.note), by: String(job.params.by) }, signal, progress),
  });
  return {
    routes: (app: Http) => app.register(matchingRoutes({ searching, explaining, review, models })),
  };
}
