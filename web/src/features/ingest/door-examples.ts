import type { DoorList } from '@ronghe/contracts';

/** Stands in every example where the key belongs; nothing else in them has to be changed. */
export const KEY_PLACEHOLDER = 'YOUR_API_KEY';

/** The ways in that are shown, in this order. */
export const DOOR_NAMES = [
  'influx2',
  'influx1',
  'prometheus',
  'otlp',
  'json',
  'mqtt',
  'sparkplug',
  'kafka',
] as const;
export type DoorName = (typeof DOOR_NAMES)[number];

/** Where this platform is, as the reader reaches it. */
export type Places = {
  /** `http://host:port`, without a slash at the end */
  http: string;
  /** name or address of the machine, for what does not speak HTTP */
  host: string;
  doors: DoorList;
};

/** One text to copy: a command or a file of this name. */
export type Example = { name: string; text: string };

/** Where a reader's browser finds the platform; a `publicUrl` that was set outranks what stands in the address bar. */
export function placesOf(doors: DoorList, origin: string): Places {
  const url = new URL(doors.httpUrl ?? origin);
  return { http: url.href.replace(/\/+$/, ''), host: url.hostname, doors };
}

/** The address of a door; null when this installation does not have it open. */
export function addressOf(door: DoorName, { http, host, doors }: Places): string | null {
  const byName: Record<DoorName, () => string | null> = {
    influx2: () => `${http}/api/v2/write`,
    influx1: () => `${http}/write`,
    prometheus: () => `${http}/api/v1/write`,
    otlp: () => `${http}/v1/metrics`,
    json: () => `${http}/api/ingest/json`,
    mqtt: () => (doors.mqtt === null ? null : `mqtt://${host}:${doors.mqtt.port}`),
    sparkplug: () => (doors.mqtt === null ? null : `tcp://${host}:${doors.mqtt.port}`),
    kafka: () => doors.kafka?.brokers.join(', ') ?? null,
  };
  return byName[door]();
}

/** Examples that work as they stand, but for the key. `tests/ingest/door-examples.test.ts` runs them. */
export function examplesOf(door: DoorName, places: Places): Example[] {
  const byName: Record<DoorName, (places: Places) => Example[]> = {
    influx2: influx2Examples,
    influx1: influx1Examples,
    prometheus: prometheusExamples,
    otlp: otlpExamples,
    json: jsonExamples,
    mqtt: mqttExamples,
    sparkplug: sparkplugExamples,
    kafka: kafkaExamples,
  };
  return byName[door](places);
}

const influx2Examples = ({ http }: Places): Example[] => [
  {
    name: 'telegraf.conf',
    text: `[[inputs.mem]]

[[outputs.influxdb_v2]]
  urls = ["${http}"]
  token = "${KEY_PLACEHOLDER}"
  organization = "ronghe"
  bucket = "ronghe"`,
  },
  {
    name: 'curl',
    text: `curl -i "${http}/api/v2/write?precision=s" \\
  -H "Authorization: Token ${KEY_PLACEHOLDER}" \\
  --data-binary "boiler,line=1 temperature=81.5,pressure=0.62 $(date +%s)"`,
  },
];

const influx1Examples = ({ http }: Places): Example[] => [
  {
    name: 'telegraf.conf',
    text: `[[inputs.mem]]

[[outputs.influxdb]]
  urls = ["${http}"]
  database = "ronghe"
  username = "telegraf"
  password = "${KEY_PLACEHOLDER}"`,
  },
  {
    name: 'curl',
    text: `curl -i "${http}/write?db=ronghe&precision=s" \\
  -u "telegraf:${KEY_PLACEHOLDER}" \\
  --data-binary "boiler,line=2 temperature=79.8,pressure=0.61 $(date +%s)"`,
  },
];

const prometheusExamples = ({ http }: Places): Example[] => [
  {
    name: 'prometheus.yml',
    text: `global:
  scrape_interval: 15s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
remote_write:
  - url: ${http}/api/v1/write
    authorization:
      credentials: ${KEY_PLACEHOLDER}`,
  },
];

const otlpExamples = ({ http }: Places): Example[] => [
  {
    name: 'otel-collector.yaml',
    text: `receivers:
  hostmetrics:
    collection_interval: 10s
    scrapers:
      cpu:
      memory:
exporters:
  otlphttp:
    endpoint: ${http}
    headers:
      Authorization: Bearer ${KEY_PLACEHOLDER}
service:
  pipelines:
    metrics:
      receivers: [hostmetrics]
      exporters: [otlphttp]`,
  },
  {
    name: 'curl',
    text: `curl -i "${http}/v1/metrics" \\
  -H "Authorization: Bearer ${KEY_PLACEHOLDER}" \\
  -H "Content-Type: application/json" \\
  -d '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"furnace.temperature","unit":"Cel","gauge":{"dataPoints":[{"asDouble":812.4}]}}]}]}]}'`,
  },
];

const jsonExamples = ({ http }: Places): Example[] => [
  {
    name: 'curl',
    text: `curl -i "${http}/api/ingest/json" \\
  -H "Authorization: Bearer ${KEY_PLACEHOLDER}" \\
  -H "Content-Type: application/json" \\
  -d '[{"point":"press-4.temperature","value":81.5,"unit":"Cel","equipment":"press-4"},
       {"point":"press-4.running","value":true,"equipment":"press-4"}]'`,
  },
  {
    name: 'curl (ThingsBoard)',
    text: `curl -i "${http}/api/v1/${KEY_PLACEHOLDER}/telemetry" \\
  -H "Content-Type: application/json" \\
  -d '{"temperature":81.5,"running":true}'`,
  },
];

function mqttExamples({ host, doors }: Places): Example[] {
  if (doors.mqtt === null) return [];
  const { port, tlsPort } = doors.mqtt;
  const publish = (connection: string, topic: string, message: string) =>
    `mosquitto_pub -h ${host} -p ${connection} -q 1 -u device -P ${KEY_PLACEHOLDER} \\
  -t ${topic} -m '${message}'`;
  const reading = '{"temperature":81.5,"running":true}';
  return [
    { name: 'mosquitto_pub (JSON)', text: publish(`${port}`, 'ronghe/v1/json/hall-2/press-4', reading) },
    {
      name: 'mosquitto_pub (Line Protocol)',
      text: publish(`${port}`, 'ronghe/v1/line', 'press,hall=2 force=12.5,running=true'),
    },
    ...(tlsPort === null
      ? []
      : [
          {
            name: 'mosquitto_pub (TLS)',
            text: publish(`${tlsPort} --tls-use-os-certs`, 'ronghe/v1/json/hall-2/press-4', reading),
          },
        ]),
  ];
}

/**
 * A birth of the node `plant/press-4` with `Temperature` = 81.5 (Double) at 2026-01-01T00:00Z and seq 0, as octal escapes,
 * because a payload of Sparkplug B is protobuf and `printf` of POSIX knows no others.
 */
const BIRTH =
  '\\010\\200\\320\\352\\266\\267\\063\\022\\037\\012\\013Temperature\\030\\200\\320\\352\\266\\267\\063\\040\\012\\151\\000\\000\\000\\000\\000\\140\\124\\100\\030\\000';

function sparkplugExamples({ host, doors }: Places): Example[] {
  if (doors.mqtt === null) return [];
  const { port } = doors.mqtt;
  return [
    {
      name: 'Edge node',
      text: `Server URL       tcp://${host}:${port}
MQTT version     3.1.1
Username         press-4
Password         ${KEY_PLACEHOLDER}
Namespace        spBv1.0
Group ID         plant
Edge node ID     press-4
${doors.sparkplug.isPrimary ? `Primary host ID  ${doors.sparkplug.hostId}` : 'Primary host ID  (none)'}`,
    },
    {
      name: 'mosquitto_pub (NBIRTH)',
      text: `printf '${BIRTH}' |
  mosquitto_pub -h ${host} -p ${port} -q 1 -u press-4 -P ${KEY_PLACEHOLDER} \\
  -t spBv1.0/plant/NBIRTH/press-4 -s`,
    },
  ];
}

function kafkaExamples({ doors }: Places): Example[] {
  if (doors.kafka === null) {
    return [
      {
        name: 'ronghe.env',
        text: 'RONGHE_KAFKA_BROKERS=kafka.example:9092\nRONGHE_KAFKA_TOPICS=readings',
      },
    ];
  }
  const [broker = ''] = doors.kafka.brokers;
  const [topic = ''] = doors.kafka.topics;
  return [
    {
      name: 'kafka-console-producer.sh',
      text: `echo 'press-4|{"temperature":81.5,"running":true}' |
  kafka-console-producer.sh --bootstrap-server ${broker} --topic ${topic} \\
  --property parse.key=true --property key.separator='|'`,
    },
  ];
}
