import { randomBytes } from 'node:crypto';
import {
  CHANNELS_MAX,
  type Channel,
  type ChannelDestination,
  type ChannelMade,
  type ChannelTrial,
  type NewChannel,
  type TellStep,
} from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createSealer } from '#platform/files/seal.ts';
import type { Platform } from '#platform/platform.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createChannelStore, toChannel } from './channels.store.ts';
import type { Robot } from './messages.ts';
import type { Destination, Senders } from './senders.ts';

const SECRET_BYTES = 32;

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids' | 'files' | 'config'> & {
  senders: Senders;
  portal: string;
};
type ChannelRow = { id: string; kind: Channel['kind']; addresses: string[]; sealed: string | null };

/** Use cases of channels. */
export function createChannels({ relational, audit, clock, ids, files, senders, portal }: Parts) {
  const database = relational.as<ApplyTables>();
  const store = createChannelStore(database);
  const sealer = createSealer(files);

  async function found(scope: Scope, id: string) {
    const row = await store.find(scope, id);
    if (!row) throw new AppError('NOT_FOUND', { thing: `channel ${id}` });
    return row;
  }

  /** Where a channel leads, opened. */
  async function destinationOf({ id, kind, addresses, sealed }: ChannelRow): Promise<Destination> {
    const robot = sealed === null ? null : (JSON.parse(await sealer.open(sealed, `channel:${id}`)) as Robot);
    return { kind, addresses, robot };
  }

  /** The row of a channel; what is left out stays, but a secret never goes to another address. */
  async function rowOf(destination: ChannelDestination, before: Robot | null) {
    if (destination.kind === 'email') {
      if (!senders.hasMail)
        throw new AppError('CHANNEL_INVALID', {
          reason: 'no server for mail is configured (applySmtpUrl, applyMailFrom)',
        });
      const leadsTo = destination.to.join(', ');
      return {
        kind: destination.kind,
        leads_to: leadsTo,
        addresses: destination.to,
        robot: null,
        made: null,
      };
    }
    const url = destination.url ?? before?.url;
    if (url === undefined) throw new AppError('CHANNEL_INVALID', { reason: 'url is missing' });
    senders.demandListed(url);
    const kept = before && before.url === url ? before.secret : null;
    const made =
      destination.kind === 'webhook' && destination.secret === undefined && kept === null
        ? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
        : null;
    const secret = destination.secret ?? kept ?? made;
    if (destination.kind === 'webhook' && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret ?? ''))
      throw new AppError('CHANNEL_INVALID', { reason: 'secret must be whsec_ and 24 to 64 bytes in base64' });
    return {
      kind: destination.kind,
      leads_to: new URL(url).host,
      addresses: [],
      robot: { url, secret },
      made,
    };
  }

  async function save(
    scope: Scope,
    id: string,
    content: NewChannel,
    before: Robot | null,
  ): Promise<ChannelMade> {
    demandCovers(scope, content.organisation, content.organisation);
    const { robot, made, ...row } = await rowOf(content.destination, before);
    const sealed = robot === null ? null : await sealer.seal(JSON.stringify(robot), `channel:${id}`);
    const { organisation, name, locale } = content;
    const whole = {
      ...{ id, organisation, name, locale, sealed, ...row },
      has_secret: robot?.secret != null,
      made_by: scope.actor.name,
      made_at: clock.now(),
    };
    await database.transaction().execute(async (transaction) => {
      await createChannelStore(transaction).put(scope, whole);
      const told = { organisation, name, kind: row.kind, leadsTo: row.leads_to };
      const action = before === null ? 'apply:channel:create' : 'apply:channel:change';
      await audit.record(scope, { action, target: `channel:${id}`, organisation, after: told }, transaction);
    });
    const kept = await found(scope, id);
    return { channel: toChannel(kept, Number(kept.waiting)), secret: made };
  }

  return {
    destinationOf,

    /** For those who write rules as well. */
    async list(scope: Scope): Promise<{ items: Channel[] }> {
      demand(scope, 'apply:rule:write');
      return { items: await store.list(scope) };
    },

    /** @throws CHANNEL_INVALID, CHANNEL_TARGET_REFUSED, NOT_FOUND */
    async create(scope: Scope, content: NewChannel): Promise<ChannelMade> {
      demand(scope, 'apply:channel:write');
      demandCovers(scope, content.organisation, content.organisation);
      if ((await store.countOf(scope, content.organisation)) >= CHANNELS_MAX)
        throw new AppError('CHANNEL_INVALID', { reason: `there are ${CHANNELS_MAX} channels already` });
      return save(scope, ids.next(), content, null);
    },

    /** @throws as `create` */
    async change(scope: Scope, id: string, content: NewChannel): Promise<ChannelMade> {
      demand(scope, 'apply:channel:write');
      const before = await found(scope, id);
      if (before.kind !== content.destination.kind || before.organisation !== content.organisation)
        throw new AppError('CHANNEL_INVALID', {
          reason: 'kind and organisation of a channel stay; make another one',
        });
      const { robot } = await destinationOf(before);
      return save(scope, id, content, robot ?? { url: '', secret: null });
    },

    /** What waits to be sent through it is given up. @throws NOT_FOUND */
    async remove(scope: Scope, id: string): Promise<void> {
      demand(scope, 'apply:channel:write');
      const { name, kind, organisation } = await found(scope, id);
      await database.transaction().execute(async (transaction) => {
        await createChannelStore(transaction).remove(scope, id);
        const change = { action: 'apply:channel:remove', target: `channel:${id}`, before: { name, kind } };
        await audit.record(scope, { ...change, organisation }, transaction);
      });
    },

    /** Sends a message that says that it is a trial. @throws NOT_FOUND */
    async try(scope: Scope, id: string): Promise<ChannelTrial> {
      demand(scope, 'apply:channel:write');
      const row = await found(scope, id);
      const failure = await senders.send(await destinationOf(row), {
        ...{ id: ids.next(), kind: 'fired', alerts: [], locale: row.locale, portal },
        rule: { id: ids.next(), cause: '', name: row.locale === 'en' ? 'Trial message' : '测试消息' },
        nowMs: clock.now().getTime(),
      });
      return { delivered: failure === null, failure };
    },

    /** @throws CHANNEL_INVALID for a channel out of sight */
    async demandKnown(scope: Scope, tell: readonly TellStep[]): Promise<void> {
      const wanted = new Set(tell.flatMap(({ channels }) => channels));
      if (wanted.size === 0) return;
      const known = new Set((await store.list(scope)).map(({ id }) => id));
      const unknown = [...wanted].find((id) => !known.has(id));
      if (unknown !== undefined) throw new AppError('NOT_FOUND', { thing: `channel ${unknown}` });
    },
  };
}
export type Channels = ReturnType<typeof createChannels>;
