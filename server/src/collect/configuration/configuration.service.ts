import {
  type AgentHello,
  type Configuration,
  type ConfigurationRestore,
  type ConfigurationState,
  type ConfigurationVersion,
  type ConnectionDocument,
  type NewConfiguration,
  type Page,
  type PageQuery,
  type ProtocolSchema,
  SEALED_PREFIX,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { Collectors } from '../collectors/collectors.service.ts';
import type { ConfigurationStore, NewVersion } from './configuration.store.ts';
import { changeTexts, isSealed, pointsOf, purposeOf } from './secrets.ts';

const MADE_FROM_FILE = '采集器自带的配置文件 / the collector’s own file';
const DETAILS_MAX = 50;

type Owner = { name: string; organisation: string };

/** How collectors are configured: versions that are only ever added, with their secrets sealed. */
export type Configurations = {
  /** @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN */
  state(scope: Scope, collector: string): Promise<ConfigurationState>;
  list(scope: Scope, collector: string, query: PageQuery): Promise<Page<ConfigurationVersion>>;
  /** @throws NOT_FOUND */
  get(scope: Scope, collector: string, version: number): Promise<Configuration>;
  /**
   * The next version. Secrets are sealed; one that comes back sealed stays as long as its connection has the same name and addresses.
   * @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN, CONFIGURATION_CHANGED, REQUEST_INVALID with the keys of secrets to be entered again
   */
  save(scope: Scope, collector: string, request: NewConfiguration): Promise<Configuration>;
  /** The content of an older version as the next one. */
  restore(
    scope: Scope,
    collector: string,
    request: ConfigurationRestore & { version: number },
  ): Promise<Configuration>;
  /** Keeps what a collector told of itself; what it brought from its own file becomes version 1 when there is none. */
  hello(scope: Scope, owner: Owner, hello: AgentHello): Promise<void>;
  /**
   * The newest version when it is another than the one told, secrets open: for the collector itself and nobody else. Another and not only a
   * newer one, for a platform may have been restored. Null for a collector with a file of its own.
   */
  otherThan(
    scope: Scope,
    collector: string,
    version: number,
  ): Promise<{ version: number; connections: ConnectionDocument[] } | null>;
  /** Connections as a collector gets them. @throws REQUEST_INVALID when a sealed secret does not belong there */
  open(
    scope: Scope,
    collector: string,
    connections: readonly ConnectionDocument[],
  ): Promise<ConnectionDocument[]>;
  /** Hears of collectors with a new version. */
  onSaved(listener: (collector: string) => void): void;
};

type Parts = {
  store: ConfigurationStore;
  collectors: Pick<Collectors, 'get'>;
  sealer: Sealer;
  clock: Clock;
};

export function createConfigurations({ store, collectors, sealer, clock }: Parts): Configurations {
  const listeners: ((collector: string) => void)[] = [];
  const schemasOf = async (scope: Scope, collector: string): Promise<Record<string, ProtocolSchema>> =>
    (await store.ability(scope, collector))?.protocols ?? {};

  const seal = async (
    scope: Scope,
    { collector, connections, schemas }: Unsealed,
  ): Promise<ConnectionDocument[]> => {
    const faults: Faults = [];
    const sealed: ConnectionDocument[] = [];
    for (const [index, connection] of connections.entries()) {
      const purpose = purposeOf(collector, connection);
      sealed.push(
        await changeTexts(connection, schemaOf(schemas, connection), async ({ path, value, secret }) => {
          if (!secret && !isSealed(value)) return value;
          if (!isSealed(value))
            return value === '' ? '' : SEALED_PREFIX + (await sealer.seal(value, purpose));
          if (!secret || !(await fits(sealer, value, purpose)))
            faults.push(enterAgain(scope, `connections[${index}].${path}`));
          return value;
        }),
      );
    }
    refuse(faults);
    return sealed;
  };

  const open: Configurations['open'] = async (scope, collector, connections) => {
    const schemas = await schemasOf(scope, collector);
    const faults: Faults = [];
    const opened: ConnectionDocument[] = [];
    for (const [index, connection] of connections.entries()) {
      const purpose = purposeOf(collector, connection);
      opened.push(
        await changeTexts(connection, schemaOf(schemas, connection), async ({ path, value, secret }) => {
          if (!isSealed(value)) return value;
          const text = secret
            ? await sealer.open(value.slice(SEALED_PREFIX.length), purpose).catch(() => null)
            : null;
          if (text === null) faults.push(enterAgain(scope, `connections[${index}].${path}`));
          return text ?? '';
        }),
      );
    }
    refuse(faults);
    return opened;
  };

  const add = async (scope: Scope, owner: Owner, version: NewVersion): Promise<Configuration> => {
    const { name, organisation } = owner;
    if (!(await store.add(scope, { collector: name, organisation }, version))) {
      const newest = await store.newest(scope, name);
      throw new AppError('CONFIGURATION_CHANGED', { version: newest?.version ?? version.version });
    }
    for (const listener of listeners) listener(name);
    return { ...version, madeAt: version.madeAt.toISOString() };
  };
  const versionOf = (
    scope: Scope,
    of: { base: number | null; note: string; restores: number | null; document: ConnectionDocument[] },
  ): NewVersion => ({
    version: (of.base ?? 0) + 1,
    note: of.note,
    madeBy: scope.actor.name,
    madeAt: clock.now(),
    restores: of.restores,
    connections: of.document.length,
    points: pointsOf(of.document),
    document: of.document,
  });

  return {
    async state(scope, name) {
      demand(scope, 'collect:collector:read');
      await collectors.get(scope, name);
      const [newest, ability] = await Promise.all([store.newest(scope, name), store.ability(scope, name)]);
      return {
        managed: ability?.managed ?? null,
        newest,
        protocols: ability?.protocols ?? {},
        browsable: ability?.browsable ?? [],
      };
    },

    async list(scope, name, query) {
      demand(scope, 'collect:collector:read');
      await collectors.get(scope, name);
      return store.list(scope, name, query);
    },

    async get(scope, name, version) {
      demand(scope, 'collect:collector:read');
      await collectors.get(scope, name);
      const found = await store.get(scope, name, version);
      if (!found) throw new AppError('NOT_FOUND', { thing: `version ${version}` });
      return found;
    },

    async save(scope, name, { base, note, connections }) {
      demand(scope, 'collect:collector:write');
      const owner = await collectors.get(scope, name);
      await demandNewest(store, { scope, name, base });
      demandNames(connections);
      const document = await seal(scope, {
        collector: name,
        connections,
        schemas: await schemasOf(scope, name),
      });
      return add(scope, owner, versionOf(scope, { base, note, restores: null, document }));
    },

    async restore(scope, name, { base, note, version }) {
      demand(scope, 'collect:collector:write');
      const owner = await collectors.get(scope, name);
      await demandNewest(store, { scope, name, base });
      const found = await store.get(scope, name, version);
      if (!found) throw new AppError('NOT_FOUND', { thing: `version ${version}` });
      return add(scope, owner, versionOf(scope, { base, note, restores: version, document: found.document }));
    },

    async hello(scope, { name, organisation }, { managed, protocols, browsable, connections }) {
      const owner = { collector: name, organisation };
      await store.saveAbility(scope, owner, { managed, protocols, browsable, toldAt: clock.now() });
      if (!managed || connections === undefined || connections.length === 0) return;
      if ((await store.newest(scope, name)) !== null) return;
      const document = await seal(scope, { collector: name, connections, schemas: protocols });
      const first = versionOf(scope, { base: null, note: MADE_FROM_FILE, restores: null, document });
      // Two at once bring the same file; the second finds it there.
      await store.add(scope, owner, first);
    },

    async otherThan(scope, name, version) {
      const newest = await store.newest(scope, name);
      if (newest === null || newest.version === version) return null;
      if ((await store.ability(scope, name))?.managed === false) return null;
      return { version: newest.version, connections: await open(scope, name, newest.document) };
    },

    open,
    onSaved: (listener) => void listeners.push(listener),
  };
}

type Unsealed = {
  collector: string;
  connections: readonly ConnectionDocument[];
  schemas: Record<string, ProtocolSchema>;
};
type Faults = { path: string; message: string }[];
const ENTER_AGAIN = {
  'zh-CN': '连接的名称或地址已改变，请重新输入',
  en: 'name or address of the connection has changed: enter it again',
} as const;
const enterAgain = ({ locale }: Scope, path: string) => ({ path, message: ENTER_AGAIN[locale] });

function refuse(faults: Faults): void {
  if (faults.length > 0) throw new AppError('REQUEST_INVALID', {}, { details: faults.slice(0, DETAILS_MAX) });
}

const schemaOf = (
  schemas: Record<string, ProtocolSchema>,
  { protocol }: ConnectionDocument,
): ProtocolSchema | undefined => (Object.hasOwn(schemas, protocol) ? schemas[protocol] : undefined);

async function fits(sealer: Sealer, sealed: string, purpose: string): Promise<boolean> {
  return sealer.open(sealed.slice(SEALED_PREFIX.length), purpose).then(
    () => true,
    () => false,
  );
}

async function demandNewest(
  store: ConfigurationStore,
  { scope, name, base }: { scope: Scope; name: string; base: number | null },
): Promise<void> {
  const newest = await store.newest(scope, name);
  if ((newest?.version ?? null) !== base)
    throw new AppError('CONFIGURATION_CHANGED', { version: newest?.version ?? 0 });
}

function demandNames(connections: readonly ConnectionDocument[]): void {
  const seen = new Set<string>();
  const faults: Faults = [];
  for (const [index, { name }] of connections.entries()) {
    if (seen.has(name)) faults.push({ path: `connections[${index}].name`, message: `${name} is used twice` });
    seen.add(name);
  }
  refuse(faults);
}
