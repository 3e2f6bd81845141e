import { isLoopback } from '#platform/config/loopback.ts';
import type { DatasetOffer } from '#platform/datasets/offer.ts';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { createSqlDoor, type SqlDoor } from './clickhouse/sql-door.service.ts';
import { datasetRoutes } from './datasets/datasets.routes.ts';
import { createDatasets } from './datasets/datasets.service.ts';
import { exportJobs } from './exports/exports.jobs.ts';
import { exportRoutes } from './exports/exports.routes.ts';
import { createExports } from './exports/exports.service.ts';
import { doorRoutes } from './gateway/doors.routes.ts';
import { createGateway } from './gateway/gateway.service.ts';
import type { Gateway } from './gateway/gateway.ts';
import { createMetering } from './metering/metering.service.ts';
import { createQuotas } from './metering/quotas.service.ts';
import { usageRoutes } from './metering/usage.routes.ts';
import { openApiRoutes } from './openapi/openapi.routes.ts';
import { createDescriptions } from './openapi/openapi.service.ts';
import { createOrganisationNames } from './policies/organisation-names.service.ts';
import { createPeople } from './policies/people.service.ts';
import { policyRoutes } from './policies/policies.routes.ts';
import { createPolicies } from './policies/policies.service.ts';
import { createRulebook } from './policies/rulebook.service.ts';
import { createTrials } from './policies/trials.service.ts';
import { createAnswering } from './requests/answering.service.ts';
import { createAsking } from './requests/asking.service.ts';
import { createEnding } from './requests/ending.service.ts';
import { requestRoutes } from './requests/requests.routes.ts';

export { shareMigrations } from './migrations.ts';

/** The domain `share`: the gateway to what the rooms offer. */
export type Share = Domain & {
  gateway: Gateway;
  /** TCP port of SQL; null while it is not served */
  sqlPort(): number | null;
};

type Options = { offers: readonly DatasetOffer[] };

/** Builds the domain from the ground floor and the offers of the rooms behind it. `start` begins to write accesses, `stop` writes the rest. */
export function share(platform: Platform, { offers }: Options): Share {
  const { relational, analytics, clock, ids, config, auth } = platform;
  const log = platform.log.child({ scope: 'share' });
  const names = createOrganisationNames({ auth, clock, log, root: config.organisationPath });
  const rulebook = createRulebook({ relational, clock, offers, names });
  const metering = createMetering({ analytics, clock, ids, log });
  const quotas = createQuotas({ relational, clock, log });
  const gateway = createGateway({ rulebook, guests: analytics.guests, quotas, metering, clock });
  const url = config.publicUrl ?? `http://127.0.0.1:${config.port}`;
  const datasets = createDatasets({ gateway, rulebook, ownerOf: config.organisationPath, url });
  const people = createPeople({ auth, clock, root: config.organisationPath });
  const exports = createExports({ ...platform, gateway, rulebook, people });
  for (const job of exportJobs(exports)) platform.jobs.define(job);
  const trials = createTrials({ rulebook, datasets, clock });
  const policies = createPolicies({ ...platform, rulebook, people, trials });
  const ending = createEnding(platform);
  const asking = createAsking({ ...platform, gateway, rulebook, people, ending });
  const answering = createAnswering({ ...platform, rulebook, policies, people, trials, ending });
  const sqlDoor = openableDoor({ gateway, auth, config, log });
  return {
    name: 'share',
    gateway,
    routes: async (app: Http) => {
      await app.register(datasetRoutes(datasets));
      await app.register(policyRoutes(policies));
      await app.register(requestRoutes({ asking, answering }));
      await app.register(openApiRoutes(createDescriptions({ gateway, rulebook, url })));
      await app.register(usageRoutes(metering));
      await app.register(exportRoutes(exports));
      await app.register(
        doorRoutes({
          httpUrl: config.publicUrl ?? null,
          sqlPort: sqlDoor.port,
          localOnly: isLoopback(config.host),
        }),
      );
    },
    sqlPort: sqlDoor.port,
    async start() {
      metering.start();
      await sqlDoor.start();
    },
    async stop() {
      await sqlDoor.stop();
      await metering.stop();
    },
  };
}

type DoorParts = Pick<Parameters<typeof createSqlDoor>[0], 'gateway' | 'auth' | 'log'> &
  Pick<Platform, 'config'>;

/** The door, when the configuration wants one. */
function openableDoor({ config, ...parts }: DoorParts) {
  const { sqlPort, host } = config;
  let door: SqlDoor | null = null;
  let port: number | null = null;
  return {
    port: () => port,
    async start() {
      if (typeof sqlPort !== 'number') return;
      door = createSqlDoor({ ...parts, config: { host, sqlPort } });
      port = await door.start();
    },
    async stop() {
      await door?.stop();
      port = null;
    },
  };
}
