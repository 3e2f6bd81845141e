import { z } from 'zod';
import { ConfigError, parseConfig } from '../config-issues.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import type { MarkedSchema } from '../schema-marks.ts';

/** A part of a configuration as it was written, not checked yet. */
export type Written = { name: string; protocol: string; [option: string]: unknown };
type Create = (context: Omit<ConnectorContext<never>, 'config'>) => Connector;

/** A connection that has been checked and can be made. */
export type Opened = {
  create: Create;
  /** After a stop it reads, or tells, by itself what it missed meanwhile. */
  resumes: boolean;
};

/** A connector as the collector sees it: it takes a raw part of the file and makes a connection from it. */
type Loaded = {
  schema: z.ZodType;
  /** Throws ConfigError naming keys under `connections[index]`. */
  open(input: unknown, index: number): Promise<Opened>;
};

function connector<Schema extends z.ZodType>(
  schema: Schema,
  load: () => Promise<(context: ConnectorContext<z.infer<Schema>>) => Connector>,
  resumes: (config: z.infer<Schema>) => boolean = () => false,
): Loaded {
  return {
    schema,
    async open(input, index) {
      const config = parseConfig(schema, input, ['connections', index]);
      const create = await load();
      return { create: (context) => create({ ...context, config }), resumes: resumes(config) };
    },
  };
}

/** Protocol to connector; a library is loaded only when a connection uses it, for each costs memory. */
const REGISTRY: Readonly<Record<string, () => Promise<Loaded>>> = {
  opcua: async () => {
    const { OpcuaConfig } = await import('./opcua/opcua.config.ts');
    return connector(
      OpcuaConfig,
      async () => (await import('./opcua/opcua.ts')).createOpcua,
      ({ history }) => history.enabled,
    );
  },
  modbus: async () => {
    const { ModbusConfig } = await import('./modbus/modbus.config.ts');
    return connector(ModbusConfig, async () => (await import('./modbus/modbus.ts')).createModbus);
  },
  s7: async () => {
    const { S7Config } = await import('./s7/s7.config.ts');
    return connector(S7Config, async () => (await import('./s7/s7.ts')).createS7);
  },
  iec104: async () => {
    const { Iec104Config } = await import('./iec104/iec104.config.ts');
    return connector(Iec104Config, async () => (await import('./iec104/iec104.ts')).createIec104);
  },
  dlt645: async () => {
    const { Dlt645Config } = await import('./dlt645/dlt645.config.ts');
    return connector(Dlt645Config, async () => (await import('./dlt645/dlt645.ts')).createDlt645);
  },
  hj212: async () => {
    const { Hj212Config } = await import('./hj212/hj212.config.ts');
    return connector(Hj212Config, async () => (await import('./hj212/hj212.ts')).createHj212);
  },
  mqtt: async () => {
    const { MqttConfig } = await import('./mqtt/mqtt.config.ts');
    return connector(
      MqttConfig,
      async () => (await import('./mqtt/mqtt.ts')).createMqtt,
      ({ cleanSession }) => !cleanSession,
    );
  },
  sparkplug: async () => {
    const { SparkplugConfig } = await import('./sparkplug/sparkplug.config.ts');
    return connector(SparkplugConfig, async () => (await import('./sparkplug/sparkplug.ts')).createSparkplug);
  },
  http: async () => {
    const { HttpConfig } = await import('./http/http.config.ts');
    return connector(
      HttpConfig,
      async () => (await import('./http/http.ts')).createHttp,
      (config) => config.mode === 'poll' && config.since !== undefined,
    );
  },
  sql: async () => {
    const { SqlConfig } = await import('./sql/sql.config.ts');
    return connector(
      SqlConfig,
      async () => (await import('./sql/sql.ts')).createSql,
      ({ queries }) => queries.every(({ watermark }) => watermark !== undefined),
    );
  },
  file: async () => {
    const { FileConfig } = await import('./file/file.config.ts');
    return connector(
      FileConfig,
      async () => (await import('./file/file.ts')).createFile,
      () => true,
    );
  },
};

/** Names of all protocols, as written in a configuration file. */
export const PROTOCOLS = Object.keys(REGISTRY);

/** Protocols whose connectors can tell what their device offers. */
export const BROWSABLE: readonly string[] = ['opcua', 'modbus', 'mqtt', 'sparkplug'];

/** Checks one connection and loads its connector. Throws ConfigError. */
export async function openConnector(input: Written, index: number): Promise<Opened> {
  return (await loadedOf(input.protocol, index)).open(input, index);
}

/**
 * The JSON Schema (2020-12) of what a person writes for a connection of this protocol, without loading its library. Fields
 * marked `secret` hold secrets, those marked `localPath` name files or folders of this machine. Throws ConfigError.
 */
export async function schemaOf(protocol: string, index = 0): Promise<MarkedSchema> {
  const { schema } = await loadedOf(protocol, index);
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as MarkedSchema;
}

async function loadedOf(protocol: string, index: number): Promise<Loaded> {
  const load = Object.hasOwn(REGISTRY, protocol) ? REGISTRY[protocol] : undefined;
  if (load !== undefined) return load();
  throw new ConfigError([
    {
      path: `connections[${index}].protocol`,
      message: `"${protocol}" is not allowed; allowed: ${PROTOCOLS.join(', ')}`,
    },
  ]);
}
