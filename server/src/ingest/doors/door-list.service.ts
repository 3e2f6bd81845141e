import type { DoorList } from '@ronghe/contracts';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import { isLoopback } from '#platform/config/loopback.ts';

/** Tells people where to send data. */
export type Doors = {
  /** Brokers of others are told only to whom their data belong. @throws PERMISSION_MISSING */
  list(scope: Scope): DoorList;
};

type Parts = { config: Config; mqttPort: () => number | null };

export function createDoors({ config, mqttPort }: Parts): Doors {
  const owner = (organisation: string | undefined) => organisation ?? config.organisationPath;
  return {
    list(scope) {
      demand(scope, 'ingest:observation:read');
      const { publicUrl, mqttUrl, mqttTopics, kafkaBrokers, kafkaTopics } = config;
      const port = mqttPort();
      const broker = { topics: [...mqttTopics], organisation: owner(config.mqttOrganisation) };
      const kafka = {
        brokers: [...kafkaBrokers],
        topics: [...kafkaTopics],
        organisation: owner(config.kafkaOrganisation),
      };
      const readsKafka = kafkaBrokers.length > 0 && kafkaTopics.length > 0;
      return {
        httpUrl: publicUrl ?? null,
        sparkplug: { hostId: config.sparkplugHostId, isPrimary: config.sparkplugRole === 'primary' },
        mqtt: port === null ? null : mqttOf(config, port),
        broker: mqttUrl !== undefined && covers(scope, broker.organisation) ? broker : null,
        kafka: readsKafka && covers(scope, kafka.organisation) ? kafka : null,
      };
    },
  };
}

const mqttOf = ({ mqttTlsPort, mqttHost }: Config, port: number) => ({
  port,
  tlsPort: mqttTlsPort > 0 ? mqttTlsPort : null,
  localOnly: isLoopback(mqttHost),
});
