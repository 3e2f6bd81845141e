import { z } from 'zod';
import { type Bilingual, Id, Instant, OrganisationPath } from './common.ts';

/** Channels of one organisation. */
export const CHANNELS_MAX = 200;
/** Addresses of one channel of mail. */
export const MAIL_ADDRESSES_MAX = 50;
/** Steps of telling: at once, and again while nobody acknowledged. */
export const TELL_STEPS_MAX = 5;
/** Channels of one step. */
export const TELL_CHANNELS_MAX = 10;
/** Latest step after an alert fired: three days. */
export const TELL_SECONDS_MAX = 3 * 86_400;
/** Alerts that a message for people lists; of more it tells how many. Systems get them all. */
export const NOTICE_ALERTS_MAX = 20;

/** Ways in which people and systems are told. */
export const CHANNEL_KINDS = {
  webhook: { zh: '签名 Webhook', en: 'Signed webhook' },
  email: { zh: '邮件', en: 'Mail' },
  dingtalk: { zh: '钉钉群机器人', en: 'DingTalk robot' },
  wecom: { zh: '企业微信群机器人', en: 'WeCom robot' },
  feishu: { zh: '飞书群机器人', en: 'Feishu robot' },
} as const satisfies Record<string, Bilingual>;
export type ChannelKind = keyof typeof CHANNEL_KINDS;
export const CHANNEL_KIND_NAMES = Object.keys(CHANNEL_KINDS) as [ChannelKind, ...ChannelKind[]];

const Address = z
  .url({ protocol: /^https?$/ })
  .max(1_000)
  .describe('its host and port must stand in `applyNotifyHosts`');
const Secret = z
  .string()
  .max(200)
  .optional()
  .describe('left out when changing: stays, while the address stays');
const Destination = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('webhook'), url: Address, secret: Secret })
      .describe('Standard Webhooks 1.0; without a secret one is made and shown once'),
    z.strictObject({
      kind: z.literal('email'),
      to: z.array(z.email().max(200)).min(1).max(MAIL_ADDRESSES_MAX),
    }),
    z
      .strictObject({
        kind: z.enum(['dingtalk', 'wecom', 'feishu']),
        url: Address.optional().describe(
          'with the token of the robot: a secret, shown masked; left out when changing: stays',
        ),
        secret: Secret,
      })
      .describe('the address that the robot of a group shows, and the secret of its signature'),
  ])
  .meta({ id: 'ChannelDestination' });
export type ChannelDestination = z.infer<typeof Destination>;

export const NewChannel = z
  .strictObject({
    organisation: OrganisationPath,
    name: z.string().trim().min(1).max(100),
    locale: z.enum(['zh-CN', 'en']).default('zh-CN'),
    destination: Destination,
  })
  .meta({ id: 'NewChannel' });
export type NewChannel = z.infer<typeof NewChannel>;

/** A channel as it is shown: where it leads, without what would let others use it. */
export const Channel = z
  .object({
    id: Id,
    organisation: OrganisationPath,
    name: z.string(),
    locale: z.enum(['zh-CN', 'en']),
    kind: z.enum(CHANNEL_KIND_NAMES),
    leadsTo: z.string().describe('host, or addresses of mail'),
    hasSecret: z.boolean(),
    madeBy: z.string(),
    madeAt: Instant,
    deliveredAt: Instant.nullable(),
    failedAt: Instant.nullable(),
    failure: z.string().nullable().describe('why the last message did not get through'),
    waiting: z.number().int().describe('messages on their way'),
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;
export const ChannelList = z.object({ items: z.array(Channel) });
export const ChannelMade = z.object({
  channel: Channel,
  secret: z.string().nullable().describe('the secret that was made up; it is shown nowhere else'),
});
export type ChannelMade = z.infer<typeof ChannelMade>;
export const ChannelTrial = z.object({
  delivered: z.boolean(),
  failure: z.string().nullable(),
});
export type ChannelTrial = z.infer<typeof ChannelTrial>;

/** Who is told when an alert fires, and who after so long without anybody having acknowledged it. */
export const TellStep = z.strictObject({
  afterSeconds: z.number().int().min(0).max(TELL_SECONDS_MAX),
  channels: z.array(Id).min(1).max(TELL_CHANNELS_MAX),
});
export type TellStep = z.infer<typeof TellStep>;

/** A stretch of time in which alerts are kept, but nobody is told. */
export const NewMaintenance = z
  .strictObject({
    organisation: OrganisationPath.describe('this organisation and all below it'),
    search: z
      .string()
      .trim()
      .max(100)
      .default('')
      .describe('part of key, name or equipment; empty: every point'),
    from: Instant,
    to: Instant,
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'NewMaintenance' });
export type NewMaintenance = z.infer<typeof NewMaintenance>;
export const Maintenance = z
  .object({ ...NewMaintenance.shape, id: Id, madeBy: z.string(), madeAt: Instant })
  .meta({ id: 'Maintenance' });
export type Maintenance = z.infer<typeof Maintenance>;
export const MaintenanceList = z.object({ items: z.array(Maintenance) });
