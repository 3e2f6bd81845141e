import { createHmac } from 'node:crypto';
import { ALERT_COLOURS, type Alert, type ChannelKind, NOTICE_ALERTS_MAX } from '@ronghe/contracts';

export type NoticeKind = 'fired' | 'again' | 'ended';
/** What is told: alerts of one rule that came together, the newest first. */
export type Notice = {
  id: string;
  kind: NoticeKind;
  rule: { id: string; name: string; cause: string };
  alerts: readonly Alert[];
  locale: 'zh-CN' | 'en';
  /** address of the portal, without a slash at its end */
  portal: string;
  nowMs: number;
};

const SHANGHAI = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const TITLES = {
  'zh-CN': { fired: '预警', again: '预警仍未确认', ended: '预警结束' },
  en: { fired: 'Alert', again: 'Alert not acknowledged yet', ended: 'Alert is over' },
} as const;
const WORDS = {
  'zh-CN': {
    value: '触发值',
    since: '开始',
    ended: '结束',
    more: '另有',
    cause: '常见原因与处置',
    open: '查看',
    of: '个点位',
  },
  en: {
    value: 'value',
    since: 'since',
    ended: 'over',
    more: 'and',
    cause: 'Usual cause',
    open: 'Open',
    of: 'points',
  },
} as const;

/** One line that says what happened. */
export function subjectOf({ kind, rule, alerts, locale }: Notice): string {
  const [first] = alerts;
  const colour = first ? ALERT_COLOURS[first.colour][locale === 'en' ? 'en' : 'zh'] : '';
  const where = alerts.length === 1 && first ? first.pointName : `${alerts.length} ${WORDS[locale].of}`;
  return oneLine(`[${colour} ${TITLES[locale][kind]}] ${rule.name}: ${where}`);
}

/** The same with everything one needs to know, a line each. */
export function linesOf(notice: Notice): string[] {
  const { alerts, locale, rule, portal } = notice;
  const words = WORDS[locale];
  const shown = alerts.slice(0, NOTICE_ALERTS_MAX);
  return [
    ...shown.map((alert) => {
      const value =
        alert.value === null ? '' : `, ${words.value} ${alert.value}${alert.unit ? ` ${alert.unit}` : ''}`;
      const over = alert.endedAt === null ? '' : `, ${words.ended} ${moment(alert.endedAt)}`;
      const place = alert.equipment ? `${alert.equipment} ` : '';
      return oneLine(
        `${place}${alert.pointName} (${alert.pointKey})${value}, ${words.since} ${moment(alert.since)}${over}`,
      );
    }),
    ...(alerts.length > shown.length ? [`${words.more} ${alerts.length - shown.length} ${words.of}`] : []),
    ...(rule.cause === '' ? [] : [oneLine(`${words.cause}: ${rule.cause}`)]),
    `${words.open}: ${portal}/alerts?${new URLSearchParams({ rule: rule.id, state: 'all' })}`,
  ];
}

export type HttpMessage = { url: string; headers: Record<string, string>; body: string };
export type Robot = { url: string; secret: string | null };

/** Standard Webhooks 1.0: signed over id, seconds and body; the id stays when it is sent again. */
export function webhookMessage(notice: Notice, { url, secret }: Robot): HttpMessage {
  const seconds = Math.floor(notice.nowMs / 1000);
  const body = JSON.stringify({
    type: `alert.${notice.kind}`,
    timestamp: new Date(notice.nowMs).toISOString(),
    data: {
      rule: notice.rule,
      count: notice.alerts.length,
      alerts: notice.alerts,
    },
  });
  const key = Buffer.from((secret ?? '').replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${notice.id}.${seconds}.${body}`).digest('base64');
  return {
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${signature}`,
    },
  };
}

/** What the robots of groups take; texts are cut to what they allow (WeCom: 4,096 bytes). */
export function robotMessage(
  kind: Exclude<ChannelKind, 'webhook' | 'email'>,
  notice: Notice,
  { url, secret }: Robot,
): HttpMessage {
  const headers = { 'content-type': 'application/json' };
  const title = subjectOf(notice);
  const lines = linesOf(notice).map(harmless);
  switch (kind) {
    case 'dingtalk': {
      const body = { msgtype: 'markdown', markdown: { title, text: markdown(title, lines) } };
      return { url: signedDingTalk(url, secret, notice.nowMs), headers, body: JSON.stringify(body) };
    }
    case 'wecom':
      return {
        url,
        headers,
        body: JSON.stringify({ msgtype: 'markdown', markdown: { content: markdown(title, lines) } }),
      };
    case 'feishu': {
      const text = cut([title, ...linesOf(notice)].join('\n'));
      const body = { msg_type: 'text', content: { text }, ...signedFeishu(secret, notice.nowMs) };
      return { url, headers, body: JSON.stringify(body) };
    }
  }
}

/** Robots answer 200 and say in the body whether it worked. @returns why not, or null */
export function robotFailure(body: string): string | null {
  try {
    const told = JSON.parse(body) as { errcode?: number; errmsg?: string; code?: number; msg?: string };
    const code = told.errcode ?? told.code ?? 0;
    return code === 0 ? null : `${code} ${told.errmsg ?? told.msg ?? ''}`.trim().slice(0, 200);
  } catch {
    return 'the answer is no JSON';
  }
}

/** HMAC-SHA256 over milliseconds and secret with the secret as key, as parameters of the address. */
function signedDingTalk(address: string, secret: string | null, nowMs: number): string {
  if (secret === null) return address;
  const url = new URL(address);
  url.searchParams.set('timestamp', String(nowMs));
  url.searchParams.set('sign', createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64'));
  return url.href;
}

/** HMAC-SHA256 over nothing, with seconds and secret as key. */
function signedFeishu(secret: string | null, nowMs: number) {
  if (secret === null) return {};
  const timestamp = String(Math.floor(nowMs / 1000));
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64') };
}

const TEXT_BYTES_MAX = 4_000;
function cut(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > TEXT_BYTES_MAX) short = short.slice(0, Math.floor(short.length * 0.9));
  return short;
}
const markdown = (title: string, lines: readonly string[]) =>
  cut([`**${harmless(title)}**`, ...lines.map((line) => `- ${line}`)].join('\n'));
/** Names of points and rules are texts of others: they must not become links, mentions or pictures. */
const harmless = (text: string) =>
  text.replace(/(?<!: )[[\]<>`*_#!@|]/g, (letter) => FULL_WIDTH[letter] ?? letter);
const FULL_WIDTH: Readonly<Record<string, string>> = {
  ...{ '[': '［', ']': '］', '<': '＜', '>': '＞', '`': '｀', '*': '＊' },
  ...{ _: '＿', '#': '＃', '!': '！', '@': '＠', '|': '｜' },
};
/** A line stays one: nothing of others begins a new header or paragraph. */
const oneLine = (text: string) => text.replace(/[\r\n\t\u2028\u2029]+/g, ' ');
const moment = (at: string) => SHANGHAI.format(new Date(at));
