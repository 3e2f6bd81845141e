import type { Collect } from '#collect';
import type { Ingest } from '#ingest';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { alertRoutes } from './alerts/alerts.routes.ts';
import { createAlerts } from './alerts/alerts.service.ts';
import { createEvaluation, type Evaluation } from './evaluation/evaluation.service.ts';
import { channelRoutes } from './notices/channels.routes.ts';
import { createChannels } from './notices/channels.service.ts';
import { createDelivery, type Delivery } from './notices/delivery.service.ts';
import { createMaintenance } from './notices/maintenance.service.ts';
import { createSenders } from './notices/senders.ts';
import { deleteExpiredAlertsJob } from './retention/retention.jobs.ts';
import { ruleRoutes } from './rules/rules.routes.ts';
import { createRules } from './rules/rules.service.ts';
import { createTrials } from './rules/trial.service.ts';

export { applyMigrations } from './migrations.ts';

/** The domain `apply`: what people open every morning. */
export type Apply = Domain & { evaluation: Pick<Evaluation, 'run'>; delivery: Pick<Delivery, 'run'> };

type Options = { collect: Pick<Collect, 'points'>; ingest: Pick<Ingest, 'changes'> };

/** Builds the domain. `start` begins to evaluate alert rules, `stop` ends after the step that runs. */
export function apply(platform: Platform, { collect, ingest }: Options): Apply {
  const { config } = platform;
  const log = platform.log.child({ scope: 'apply' });
  const { points } = collect;
  const { changes } = ingest;
  const portal = (config.publicUrl ?? `http://127.0.0.1:${config.port}`).replace(/\/$/, '');
  const senders = createSenders(config);
  const channels = createChannels({ ...platform, senders, portal });
  const delivery = createDelivery({ ...platform, log, channels, senders, portal });
  const rules = createRules({ ...platform, points, channels });
  const trials = createTrials({ rules, points, changes });
  const alerts = createAlerts({ ...platform, changes });
  platform.jobs.define(deleteExpiredAlertsJob(platform));
  const everyMs = config.applyAlertSeconds * 1000;
  const evaluation = createEvaluation({ ...platform, log, points, changes, everyMs });
  return {
    name: 'apply',
    evaluation,
    delivery,
    routes: async (app: Http) => {
      await app.register(ruleRoutes({ rules, trials }));
      await app.register(alertRoutes(alerts));
      await app.register(channelRoutes({ channels, maintenance: createMaintenance(platform) }));
    },
    async start() {
      evaluation.start();
      delivery.start();
    },
    async stop() {
      await evaluation.stop();
      await delivery.stop();
    },
  };
}
