import { createHmac } from 'node:crypto';
import type { Alert } from '@ronghe/contracts';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { linesOf, type Notice, robotFailure, robotMessage, subjectOf, webhookMessage } from './messages.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const alert = (more: Partial<Alert> = {}): Alert => ({
  ...{
    id: 'a',
    rule: 'r',
    ruleName: '炉温过高',
    ruleVersion: 1,
    organisation: 'jx',
    colour: 'red',
    point: 1,
  },
  ...{
    pointKey: 'furnace.t',
    pointName: '炉温',
    equipment: '1#炉',
    unit: 'Cel',
    state: 'open',
    times: 1,
    muted: false,
  },
  ...{
    since: '2026-12-01T00:00:00.000Z',
    firedAt: '2026-12-01T00:01:00.000Z',
    toldAt: '2026-12-01T00:01:02.000Z',
  },
  ...{ endedAt: null, value: 1230, endValue: null, acknowledgedBy: null, acknowledgedAt: null, note: null },
  ...more,
});
const notice = (more: Partial<Notice> = {}): Notice => ({
  ...{ id: 'b2b0a6de-0000-4000-8000-000000000001', kind: 'fired', locale: 'zh-CN', alerts: [alert()] },
  rule: { id: 'r', name: '炉温过高', cause: '喷嘴堵塞' },
  ...{ portal: 'https://ronghe.example', nowMs: Date.now() },
  ...more,
});

test('a message says what happened, where, since when, and where to look, in both languages', () => {
  expect(subjectOf(notice())).toBe('[红色 预警] 炉温过高: 炉温');
  expect(subjectOf(notice({ locale: 'en', kind: 'ended', alerts: [alert(), alert()] }))).toBe(
    '[Red Alert is over] 炉温过高: 2 points',
  );
  expect(linesOf(notice())).toEqual([
    '1#炉 炉温 (furnace.t), 触发值 1230 Cel, 开始 2026-12-01 08:00:00',
    '常见原因与处置: 喷嘴堵塞',
    '查看: https://ronghe.example/alerts?rule=r&state=all',
  ]);
});

test('of many alerts so many are listed and the rest is counted', () => {
  const lines = linesOf(notice({ alerts: Array.from({ length: 50 }, () => alert()) }));
  expect(lines.filter((line) => line.includes('furnace.t'))).toHaveLength(20);
  expect(lines).toContain('另有 30 个点位');
});

test('texts of others begin no line, no header, no mention and no link', () => {
  const evil = alert({
    pointName: 'x\r\nBcc: all@example.com',
    pointKey: '[click](http://evil) <at id=all>@all',
  });
  const told = notice({ alerts: [evil], rule: { id: 'r', name: 'a\nb', cause: '' } });
  expect(subjectOf(told)).not.toMatch(/[\r\n]/);
  for (const line of linesOf(told)) expect(line).not.toMatch(/[\r\n]/);
  const { body } = robotMessage('dingtalk', told, { url: 'https://robot.example/send', secret: null });
  expect(body).not.toMatch(/\[click\]|<at|@all/);
});

describe('signatures', () => {
  test('a receiver with the library of Standard Webhooks believes ours, and no other', () => {
    const { body, headers } = webhookMessage(notice(), { url: 'https://x.example', secret: SECRET });
    expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ type: 'alert.fired' });
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
    expect(() =>
      new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(body, headers),
    ).toThrow();
  });

  test('DingTalk: over milliseconds and secret, in the address', () => {
    const { url } = robotMessage('dingtalk', notice({ nowMs: 1_700_000_000_123 }), {
      ...{ url: 'https://oapi.dingtalk.com/robot/send?access_token=T', secret: 'SECx' },
    });
    const asked = new URL(url).searchParams;
    const sign = createHmac('sha256', 'SECx').update('1700000000123\nSECx').digest('base64');
    expect([asked.get('access_token'), asked.get('timestamp'), asked.get('sign')]).toEqual([
      ...['T', '1700000000123', sign],
    ]);
  });

  test('Feishu: over nothing, with seconds and secret as key, in the body', () => {
    const { body } = robotMessage('feishu', notice({ nowMs: 1_700_000_000_123 }), {
      ...{ url: 'https://open.feishu.cn/hook/T', secret: 's' },
    });
    const sign = createHmac('sha256', '1700000000\ns').update('').digest('base64');
    expect(JSON.parse(body)).toMatchObject({ msg_type: 'text', timestamp: '1700000000', sign });
  });
});

test.each([
  ['{"errcode":0,"errmsg":"ok"}', null],
  ['{"code":0}', null],
  ['{"errcode":310000,"errmsg":"sign not match"}', '310000 sign not match'],
  ['{"code":19021,"msg":"sign match fail"}', '19021 sign match fail'],
  ['<html>', 'the answer is no JSON'],
])('a robot that answers %s', (body, failure) => expect(robotFailure(body)).toBe(failure));

test('WeCom gets no more bytes than it takes', () => {
  const long = notice({ rule: { id: 'r', name: '很长的名字'.repeat(20), cause: '原因'.repeat(500) } });
  const { body } = robotMessage(
    'wecom',
    { ...long, alerts: Array.from({ length: 20 }, () => alert()) },
    {
      ...{ url: 'https://qyapi.weixin.qq.com/send?key=K', secret: null },
    },
  );
  const { markdown } = JSON.parse(body) as { markdown: { content: string } };
  expect(Buffer.byteLength(markdown.content)).toBeLessThanOrEqual(4_096);
});
