import { systemScope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import { createMqtt, type MqttAccept, type MqttPublication } from '#platform/mqtt/mqtt.ts';
import type { Platform } from '#platform/platform.ts';
import { createKafkaSource } from '../kafka/kafka.reader.ts';
import type { Intake } from '../observations/intake.service.ts';
import { createSparkplugHost } from '../sparkplug/sparkplug.service.ts';
import { createExternalBroker } from './external-broker.reader.ts';
import { createTopicDoor, maySubscribe } from './topic-door.ts';

/** Everything that comes as messages: the embedded broker, a broker of others, Kafka. */
export type Messaging = {
  /** Resolves with the TCP port of the embedded broker. @throws CONFIG_INVALID */
  start(): Promise<number>;
  /** Takes nothing more from elsewhere; call it before the way in is closed. */
  leave(): Promise<void>;
  stop(): Promise<void>;
};

type Parts = Pick<Platform, 'config' | 'auth' | 'clock' | 'ids' | 'metrics'> & {
  log: Log;
  intake: Intake;
  /** `ronghe/v1/<collector>/batch` */
  batches: MqttAccept;
};

export function createMessaging(parts: Parts): Messaging {
  const { config, auth, log, metrics } = parts;
  /** A door with a Sparkplug host of its own: what births told at one broker says nothing about another. */
  const doorAt = (publish: (organisation: string, message: MqttPublication) => void) => {
    const host = createSparkplugHost({ ...parts, publish });
    return { host, accept: createTopicDoor({ ...parts, sparkplug: host.accept }) };
  };
  const inside = doorAt((organisation, message) => embedded.publish(organisation, message));
  const embedded = createMqtt({
    config,
    auth,
    log,
    metrics,
    accept: inside.accept,
    maySubscribe,
    announce: (_organisation, moment) => inside.host.state(moment === 'opens'),
  });
  const outside = doorAt((organisation, message) => external.publish(organisation, message));
  const { accept } = outside;
  const external = createExternalBroker({ config, log, metrics, accept, state: outside.host.state });
  const kafka = createKafkaSource(parts);

  return {
    async start() {
      await demandOwners(config, auth);
      const port = await embedded.start();
      await external.start();
      kafka.start();
      return port;
    },
    async leave() {
      await Promise.all([external.stop(), kafka.stop()]);
    },
    async stop() {
      await embedded.stop();
      inside.host.stop();
      outside.host.stop();
    },
  };
}

/** Who is named in the configuration as owner of messages must exist, or every one of them would be refused. */
async function demandOwners(config: Config, auth: Platform['auth']): Promise<void> {
  const permissions = ['platform:organisation:read'] as const;
  const scope = systemScope({ organisation: config.organisationPath, permissions, name: 'messaging' });
  for (const path of ['mqttOrganisation', 'kafkaOrganisation'] as const) {
    const owner = config[path];
    if (owner === undefined || (await auth.organisation(scope, owner)) !== null) continue;
    const details = [{ path, message: `there is no organisation ${owner}` }];
    throw new AppError('CONFIG_INVALID', {}, { details });
  }
}
