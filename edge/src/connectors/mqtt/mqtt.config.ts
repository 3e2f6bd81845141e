import { PointType, Quality } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';
import { MqttTlsConfig } from '../../mqtt-tls.ts';
import { parsePointer } from './mqtt.decode.ts';
import { faultOfKeyTemplate } from './mqtt.keys.ts';
import { faultOfFilter } from './mqtt.topics.ts';

const TOPIC_LENGTH_MAX = 1_000;

const topicFilter = z
  .string()
  .min(1)
  .max(TOPIC_LENGTH_MAX)
  .superRefine((filter, context) => {
    const fault = faultOfFilter(filter);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });

const pointer = z
  .string()
  .max(500)
  .refine(
    (text) => parsePointer(text) !== null,
    'a JSON Pointer like /data/temperature; ~1 stands for / and ~0 for ~ inside a name, empty is the whole document',
  );

/** How values lie in a message; the same for single points and for discovery. */
const payload = {
  format: z
    .enum(['json', 'plain', 'neuron'])
    .default('json')
    .describe('json; plain: the payload is the value as text; neuron: JSON of Neuron’s MQTT plug-in'),
  records: pointer
    .optional()
    .describe('JSON Pointer of an array when one message carries several sets of values'),
  time: pointer.optional().describe('JSON Pointer of the source time; the time of receipt when left out'),
  timeFormat: z
    .enum(['ms', 's', 'us', 'iso8601'])
    .default('ms')
    .describe('unit of the time since 1970 UTC, or ISO 8601 with an offset'),
  quality: pointer
    .optional()
    .describe('JSON Pointer of the quality: good, uncertain, bad, true, false, or what qualityMap says'),
  qualityMap: z
    .record(z.string().max(100), Quality)
    .optional()
    .describe('quality by what the field holds, like { "192": good, "0": bad }; other values are uncertain'),
};

const MqttPoint = PointBase.extend({
  topic: topicFilter
    .refine((filter) => !filter.includes('#'), '# stands for any number of levels; a point needs its topic')
    .describe('topic, exact or with + for one level'),
  path: pointer
    .default('')
    .describe('JSON Pointer of the value inside a record; with format neuron: /node/group/tag'),
  ...payload,
  type: PointType.default('number').describe('what the values are'),
  scale: z.number().default(1).describe('value = number × scale + offset'),
  offset: z.number().default(0).describe('added after scaling'),
}).check((context) => {
  const { type, scale, offset, format, path } = context.value;
  const wrong = (key: string, message: string) =>
    context.issues.push({ code: 'custom', path: [key], message, input: context.value });
  if (type !== 'number' && (scale !== 1 || offset !== 0)) wrong('scale', `a ${type} cannot be scaled`);
  if (format === 'plain' && path !== '') wrong('path', 'a plain payload has no fields');
  if (format === 'neuron' && parsePointer(path)?.length !== 3)
    wrong('path', 'format neuron needs /node/group/tag');
  checkPayload(context.value, wrong);
});

const Discover = z
  .strictObject({
    topic: topicFilter.describe('topics whose fields become points, + for one level and # for all below'),
    key: z
      .string()
      .min(1)
      .max(256)
      .superRefine((template, context) => {
        const fault = faultOfKeyTemplate(template);
        if (fault !== null) context.addIssue({ code: 'custom', message: fault });
      })
      .describe(
        'key of each point, from {topic}, {topic[1]} (one level, counted from 0; -1 is the last) and {field}',
      ),
    equipment: z
      .string()
      .max(200)
      .superRefine((template, context) => {
        const fault = faultOfKeyTemplate(template);
        if (fault !== null) context.addIssue({ code: 'custom', message: fault });
      })
      .optional()
      .describe('machine of each point, from the same parts'),
    path: pointer
      .default('')
      .describe('JSON Pointer of the object whose fields become points, inside a record'),
    ...payload,
  })
  .check((context) => {
    checkPayload(context.value, (key, message) =>
      context.issues.push({ code: 'custom', path: [key], message, input: context.value }),
    );
  });

function checkPayload(
  value: {
    format: string;
    records?: string | undefined;
    time?: string | undefined;
    quality?: string | undefined;
    qualityMap?: object | undefined;
  },
  wrong: (key: string, message: string) => void,
): void {
  if (value.format !== 'json')
    for (const key of ['records', 'time', 'quality'] as const)
      if (value[key] !== undefined) wrong(key, 'only format json has this');
  if (value.qualityMap !== undefined && value.quality === undefined)
    wrong('qualityMap', 'needs quality, the place of what is mapped');
}

/** Topics of one MQTT broker. */
export const MqttConfig = ConnectionBase.extend({
  protocol: z.literal('mqtt'),
  endpoint: z
    .string()
    .max(300)
    .regex(
      /^(mqtts?|wss?):\/\/[^/@\s]+(\/\S*)?$/,
      'like mqtt://192.168.1.10:1883 or mqtts://broker.plant:8883',
    )
    .describe('address of the broker'),
  version: z.literal(['3.1.1', 5]).default('3.1.1').describe('MQTT version'),
  clientId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('one client at a time may have it; otherwise made once and kept in the buffer folder'),
  username: z.string().min(1).max(200).optional().describe('sign in at the broker'),
  password: z.string().max(500).optional().meta({ secret: true }),
  tls: MqttTlsConfig.optional().describe('certificates, for mqtts:// and wss://'),
  cleanSession: z
    .boolean()
    .default(true)
    .describe('false: the broker keeps messages of QoS 1 for us while we are away'),
  sessionSeconds: z
    .number()
    .int()
    .min(60)
    .max(4_294_967_294)
    .default(86_400)
    .describe('how long it keeps them, with version 5; the broker decides with 3.1.1'),
  keepAliveSeconds: z
    .number()
    .int()
    .min(1)
    .max(300)
    .default(10)
    .describe('a dead link is noticed after 1.5 times this'),
  retained: z
    .enum(['state', 'ignore', 'sample'])
    .default('state')
    .describe('state: first value of a point only, when newer, and marked; sample: as any other message'),
  payloadBytesMax: z
    .number()
    .int()
    .min(16)
    .max(8_388_608)
    .default(1_048_576)
    .describe('longer messages are not read and give a bad sample'),
  pointsMax: z
    .number()
    .int()
    .min(1)
    .max(POINTS_MAX)
    .default(10_000)
    .describe('most points that are discovered'),
  points: z
    .array(MqttPoint)
    .max(POINTS_MAX)
    .superRefine(uniqueKeys)
    .default([])
    .describe('points by topic and field'),
  discover: z
    .array(Discover)
    .max(1_000)
    .default([])
    .describe('topics whose fields become points by themselves'),
})
  .refine((config) => config.points.length + config.discover.length > 0, {
    path: ['points'],
    message: 'at least one point, or one entry in discover',
  })
  .refine((config) => config.tls === undefined || /^(mqtts|wss):/.test(config.endpoint), {
    path: ['tls'],
    message: 'needs an endpoint with mqtts:// or wss://',
  })
  .refine((config) => config.password === undefined || config.username !== undefined, {
    path: ['username'],
    message: 'a password needs a username',
  });
export type MqttConfig = z.infer<typeof MqttConfig>;
export type MqttPoint = MqttConfig['points'][number];
export type MqttDiscover = MqttConfig['discover'][number];
