import type { z } from 'zod';
import { ConfigError, parseConfig } from '../config-issues.ts';
import type { Connector, ConnectorContext } from '../connector.ts';

/** A connector as the collector sees it: it takes a raw part of the file and makes a connection from it. */
type Loaded = {
  /** Throws ConfigError naming keys under `connections[index]`. */
  open(
    input: unknown,
    index: number,
  ): Promise<(context: Omit<ConnectorContext<never>, 'config'>) => Connector>;
};

function connector<Schema extends z.ZodType>(
  schema: Schema,
  load: () => Promise<(context: ConnectorContext<z.infer<Schema>>) => Connector>,
): Loaded {
  return {
    async open(input, index) {
      const config = parseConfig(schema, input, ['connections', index]);
      const create = await load();
      return (context) => create({ ...context, config });
    },
  };
}

/** Protocol to connector; a library is loaded only when a connection uses it, for each costs memory. */
const REGISTRY: Readonly<Record<string, () => Promise<Loaded>>> = {
  opcua: async () => {
    const { OpcuaConfig } = await import('./opcua/opcua.config.ts');
    return connector(OpcuaConfig, async () => (await import('./opcua/opcua.ts')).createOpcua);
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
    return connector(MqttConfig, async () => (await import('./mqtt/mqtt.ts')).createMqtt);
  },
  sparkplug: async () => {
    const { SparkplugConfig } = await import('./sparkplug/sparkplug.config.ts');
    return connector(SparkplugConfig, async () => (await import('./sparkplug/sparkplug.ts')).createSparkplug);
  },
  http: async () => {
    const { HttpConfig } = await import('./http/http.config.ts');
    return connector(HttpConfig, async () => (await import('./http/http.ts')).createHttp);
  },
  sql: async () => {
    const { SqlConfig } = await import('./sql/sql.config.ts');
    return connector(SqlConfig, async () => (await import('./sql/sql.ts')).createSql);
  },
  file: async () => {
    const { FileConfig } = await import('./file/file.config.ts');
    return connector(FileConfig, async () => (await import('./file/file.ts')).createFile);
  },
};

/** Names of all protocols, as written in a configuration file. */
export const PROTOCOLS = Object.keys(REGISTRY);

/** Checks one connection and loads its connector. Throws ConfigError. */
export async function openConnector(
  input: { name: string; protocol: string },
  index: number,
): Promise<(context: Omit<ConnectorContext<never>, 'config'>) => Connector> {
  const load = Object.hasOwn(REGISTRY, input.protocol) ? REGISTRY[input.protocol] : undefined;
  if (load === undefined)
    throw new ConfigError([
      `connections[${index}].protocol: "${input.protocol}" is not allowed; allowed: ${PROTOCOLS.join(', ')}`,
    ]);
  return (await load()).open(input, index);
}
