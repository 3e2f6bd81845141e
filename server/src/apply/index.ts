import type { Collect } from '#collect';
import type { Ingest } from '#ingest';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { alertRoutes } from './alerts/alerts.routes.ts';
import { createAlerts } from './alerts/alerts.service.ts';
import { createEvaluation, type Evaluation } from './evaluation/evaluation.service.ts';
import { ruleRoutes } from './rules/rules.routes.ts';
import { createRules } from './rules/rules.service.ts';
import { createTrials } from './rules/trial.service.ts';

export { applyMigrations } from './migrations.ts';

/** The domain `apply`: what people open every morning. */
export type Apply = Domain & { evaluation: Pick<Evaluation, 'run'> };

type Options = { collect: Pick<Collect, 'points'>; ingest: Pick<Ingest, 'changes'> };

/** Builds the domain. `start` begins to evaluate alert rules, `stop` ends after the step that runs. */
export function apply(platform: Platform, { collect, ingest }: Options): Apply {
  const { config } = platform;
  const log = platform.log.child({ scope: 'apply' });
  const { points } = collect;
  const { changes } = ingest;
  const rules = createRules({ ...platform, points });
  const trials = createTrials({ rules, points, changes });
  const alerts = createAlerts({ ...platform, changes });
  const everyMs = config.applyAlertSeconds * 1000;
  const evaluation = createEvaluation({ ...platform, log, points, changes, everyMs });
  return {
    name: 'apply',
    evaluation,
    routes: async (app: Http) => {
      await app.register(ruleRoutes({ rules, trials }));
      await app.register(alertRoutes(alerts));
    },
    async start() {
      evaluation.start();
    },
    stop: evaluation.stop,
  };
}
