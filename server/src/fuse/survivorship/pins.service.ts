import type { NewPin, Pin } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import { createGoldenChange, type GoldenChange } from '../enterprises/golden-change.service.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createPinStore } from './pins.store.ts';
import { pinnedValueOf } from './pins.ts';

type Parts = { platform: Platform; system: Scope };
const EXPIRED = '到期';
const REPLACED = '由新的固定值取代';

/** Use cases of pins: a person fixes a value, lifts it, or lets it expire. */
export function createPins({ platform, system }: Parts) {
  const { relational, analytics, audit, clock, ids } = platform;
  const db = relational.as<FuseTables>();
  const change = createGoldenChange({ platform, system });

  async function find(scope: Scope, { transaction }: Pick<GoldenChange, 'transaction'>, id: string) {
    const found = await createEnterpriseStore(transaction, analytics).find(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
    return found;
  }
  const causeOf = (scope: Scope, reason: string) => ({
    ...{ run: null, decision: null, actor: scope.actor.name, reason },
  });

  return {
    /** Of the enterprise, newest first, ended ones too. @throws NOT_FOUND */
    async list(scope: Scope, enterprise: string): Promise<Pin[]> {
      demand(scope, 'fuse:enterprise:read');
      const found = await createEnterpriseStore(db, analytics).find(scope, enterprise);
      if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${enterprise}` });
      return createPinStore(db).list(scope, found.id);
    },

    /** Fixes a value; one that was fixed before ends. @throws NOT_FOUND, PIN_INVALID, ENTERPRISES_BUSY */
    async pin(scope: Scope, enterprise: string, wish: NewPin): Promise<Pin> {
      demand(scope, 'fuse:pin:write');
      const read = pinnedValueOf(wish.attribute, wish.value);
      if ('fault' in read) throw invalid(read.fault);
      const expiresAt = wish.expiresAt === null ? null : new Date(wish.expiresAt);
      if (expiresAt && expiresAt <= clock.now())
        throw invalid({ zh: '有效期已过', en: 'it expires before it begins' });
      const id = ids.next();
      return change(async (changing) => {
        const { transaction, at } = changing;
        const { id: own, state, organisation } = await find(scope, changing, enterprise);
        if (state === 'gone')
          throw invalid({
            zh: '企业已没有现存的来源记录',
            en: 'no present record stands behind the enterprise',
          });
        const pins = createPinStore(transaction);
        const ended = { by: scope.actor.name, at, reason: REPLACED };
        await pins.endAttribute(scope, { enterprise: own, attribute: wish.attribute }, ended);
        await pins.add(scope, {
          ...{ id, enterprise: own, attribute: wish.attribute, value: read.value, raw: wish.value },
          ...{ reason: wish.reason, made_by: scope.actor.name, made_at: at, expires_at: expiresAt },
          ...{ ended_at: null, ended_by: null, ended_for: null },
        });
        await changing.refreshed([own], causeOf(scope, wish.reason));
        await audit.record(
          scope,
          {
            ...{ action: 'fuse:pin:make', target: `enterprise:${own}`, organisation },
            after: { pin: id, attribute: wish.attribute, value: read.value, reason: wish.reason, expiresAt },
          },
          transaction,
        );
        const [made] = await pins.list(scope, own);
        return made as Pin;
      });
    },

    /** Lifts a pin; the value is chosen from the sources again. @throws NOT_FOUND, ENTERPRISES_BUSY */
    async lift(
      scope: Scope,
      enterprise: string,
      { id, reason }: { id: string; reason: string },
    ): Promise<Pin> {
      demand(scope, 'fuse:pin:write');
      return change(async (changing) => {
        const { transaction, at } = changing;
        const { id: own, organisation } = await find(scope, changing, enterprise);
        const ended = { by: scope.actor.name, at, reason };
        const pin = await createPinStore(transaction).end(scope, { enterprise: own, id }, ended);
        if (!pin) throw new AppError('NOT_FOUND', { thing: `pin ${id}` });
        await changing.refreshed([own], causeOf(scope, reason));
        await audit.record(
          scope,
          {
            ...{ action: 'fuse:pin:lift', target: `enterprise:${own}`, organisation },
            before: { pin: id, attribute: pin.attribute, value: pin.value },
            after: { reason },
          },
          transaction,
        );
        return pin;
      });
    },

    /** Ends what has expired and chooses those values again; answers with the number of enterprises. Work of the clock. */
    async expire(signal: AbortSignal): Promise<number> {
      for (let enterprises = 0; ; ) {
        signal.throwIfAborted();
        const done = await change(async ({ transaction, at, refreshed }) => {
          const ended = { by: system.actor.name, at, reason: EXPIRED };
          const found = await createPinStore(transaction).expireUnscoped(ended);
          if (found.length > 0) await refreshed(found, causeOf(system, EXPIRED));
          return found.length;
        });
        if (done === 0) return enterprises;
        enterprises += done;
      }
    },
  };
}
export type Pins = ReturnType<typeof createPins>;

const invalid = (reason: { zh: string; en: string }) =>
  new AppError('PIN_INVALID', { reason: reason.en, 'reason.zh': reason.zh, 'reason.en': reason.en });
