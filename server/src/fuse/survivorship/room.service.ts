import type { Scope } from '#platform/auth/scope.ts';
import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';
import { createPins } from './pins.service.ts';
import { survivorshipRoutes } from './survivorship.routes.ts';
import { createSurvivorships, REFRESH_GOLDEN_JOB } from './survivorship.service.ts';

const EXPIRE_PINS_JOB = 'fuse.expire-pins';
const REFRESH_TIMEOUT_MS = 4 * 3_600_000;

/** How golden values are chosen: its routes and its jobs. */
export function createSurvivorshipRoom({ platform, system }: { platform: Platform; system: Scope }) {
  const survivorships = createSurvivorships({ platform, system });
  const pins = createPins({ platform, system });
  platform.jobs.define({
    kind: REFRESH_GOLDEN_JOB,
    title: { zh: '按新的取值规则重选全部档案的值', en: 'Choose all golden values again' },
    permission: 'fuse:survivorship:write',
    timeoutMs: REFRESH_TIMEOUT_MS,
    run: async ({ signal, progress }) => ({ enterprises: await survivorships.refreshAll(signal, progress) }),
  });
  platform.jobs.define({
    kind: EXPIRE_PINS_JOB,
    title: { zh: '结束到期的固定值', en: 'End pins that have expired' },
    schedule: '*/10 * * * *',
    run: async ({ signal }) => ({ enterprises: await pins.expire(signal) }),
  });
  return {
    pins,
    routes: (app: Http) => app.register(survivorshipRoutes({ survivorships, pins })),
  };
}
