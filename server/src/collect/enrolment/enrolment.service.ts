import {
  BUILT_IN_ROLES,
  type CollectorWithCode,
  ENROLMENT_MINUTES,
  type EnrolmentAnswer,
  type EnrolmentCode,
  type NewCollector,
} from '@ronghe/contracts';
import type { Auth } from '#platform/auth/auth.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import { demand, type Scope, systemScope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import { type Collectors, keyIssuer } from '../collectors/collectors.service.ts';
import type { EnrolmentStore } from './enrolment.store.ts';
import { hashCode, newCode, readCode } from './enrolment.ts';

const MINUTE_MS = 60_000;
/** Wrong codes a minute and address. */
const WRONG_CODES_PER_MINUTE_MAX = 30;

/** How a new machine gets its name and key: with a code that works once, within an hour. */
export type Enrolments = {
  /** Registers a collector and makes its code. @throws PERMISSION_MISSING, NOT_FOUND (organisation), CONFLICT */
  register(scope: Scope, request: NewCollector): Promise<CollectorWithCode>;
  /** A new code of a collector: for a new machine, or when its key may be known to others. @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN */
  renew(scope: Scope, collector: string): Promise<EnrolmentCode>;
  /** Trades a code for a key; the key before is revoked. @throws ENROLMENT_REFUSED, RATE_LIMITED */
  enrol(typed: string, from: string): Promise<EnrolmentAnswer>;
};

type Parts = {
  store: EnrolmentStore;
  collectors: Pick<Collectors, 'registerWithoutKey' | 'get'>;
  auth: Auth;
  clock: Clock;
  log: Log;
};

export function createEnrolments({ store, collectors, auth, clock, log }: Parts): Enrolments {
  const failures = createFailureLimit({ clock, failuresMax: WRONG_CODES_PER_MINUTE_MAX });

  const issue = async (
    scope: Scope,
    { name, organisation }: { name: string; organisation: string },
  ): Promise<EnrolmentCode> => {
    const code = newCode();
    const expiresAt = new Date(clock.now().getTime() + ENROLMENT_MINUTES * MINUTE_MS);
    await store.save(scope, { collector: name, organisation, codeHash: hashCode(code), expiresAt });
    return { code, expiresAt: expiresAt.toISOString() };
  };

  return {
    async register(scope, request) {
      const collector = await collectors.registerWithoutKey(scope, request);
      return { collector, enrolment: await issue(scope, collector) };
    },

    async renew(scope, name) {
      demand(scope, 'collect:collector:write');
      return issue(scope, await collectors.get(scope, name));
    },

    async enrol(typed, from) {
      failures.begin(from);
      const code = readCode(typed);
      const codeHash = code === null ? null : hashCode(code);
      const found = codeHash === null ? null : await store.findUnscoped(codeHash, clock.now());
      if (codeHash === null || found === null) throw new AppError('ENROLMENT_REFUSED');
      failures.succeed(from);
      const { collector, organisation } = found;
      const scope = {
        ...systemScope({
          organisation,
          permissions: BUILT_IN_ROLES.collector.permissions,
          name: 'enrolment',
        }),
        from,
      };
      const { apiKey, key } = await auth.addKey(keyIssuer(scope), {
        name: `collector ${collector}`,
        organisation,
        permissions: [...BUILT_IN_ROLES.collector.permissions],
        expiresAt: null,
      });
      if (!(await store.use(scope, { codeHash, collector, apiKey: apiKey.id }))) {
        await auth.revokeKey(keyIssuer(scope), apiKey.id);
        throw new AppError('ENROLMENT_REFUSED');
      }
      if (found.apiKey !== null) await revoke(scope, found.apiKey);
      log.info({ collector, organisation, from }, 'a collector has enrolled');
      return { collector, key };
    },
  };

  /** The key before may have been revoked by hand already; that is as good. */
  async function revoke(scope: Scope, apiKey: string): Promise<void> {
    await auth.revokeKey(keyIssuer(scope), apiKey).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
    });
  }
}
