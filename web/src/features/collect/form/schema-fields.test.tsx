import { cleanup, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, expect, test } from 'vitest';
import { show } from '../../../testing/render.tsx';
import { FormContext } from './form-context.ts';
import { type Dict, isDict, type JsonSchema } from './json-schema.ts';
import { SchemaFields } from './schema-fields.tsx';
import { issuesByPath } from './value-path.ts';

afterEach(cleanup);

const SCHEMA: JsonSchema = {
  type: 'object',
  required: ['name', 'endpoint'],
  properties: {
    name: { type: 'string' },
    endpoint: { type: 'string', description: 'address of the server' },
    mode: { type: 'string', enum: ['subscribe', 'poll'], default: 'subscribe' },
    publishingIntervalMs: { type: 'integer', minimum: 10, default: 250, description: 'how often it sends' },
    onChange: { type: 'boolean', default: false },
    security: {
      type: 'object',
      default: {},
      properties: { password: { type: 'string', secret: true }, username: { type: 'string' } },
    },
    history: { type: 'object', properties: { maxHours: { type: 'number' } }, required: [] },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    range: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] },
    commonAddresses: { type: 'array', items: { type: 'integer' } },
    sheet: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    stations: {
      type: 'array',
      items: { type: 'object', required: ['mn'], properties: { mn: { type: 'string' } } },
    },
  },
};

type Held = { current: Dict };
type FormProps = {
  schema: JsonSchema;
  initial: Dict;
  held: Held;
  readOnly?: boolean;
  issues?: { path: string; message: string }[];
};
function Form({ schema, initial, held, readOnly = false, issues = [] }: FormProps) {
  const [value, setValue] = useState(initial);
  held.current = value;
  return (
    <FormContext.Provider
      value={{ protocol: 'opcua', readOnly, issues: issuesByPath(issues), PointRows: null }}
    >
      <SchemaFields schema={schema} path="" value={value} onChange={setValue} />
    </FormContext.Provider>
  );
}

/** Shows a form with every field open; what is written is in `held`. */
async function open(initial: Dict, more: Partial<FormProps> = {}, locale: 'zh-CN' | 'en' = 'zh-CN') {
  const held: Held = { current: initial };
  await show(<Form schema={SCHEMA} initial={initial} held={held} {...more} />, locale);
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  return held;
}
const group = (path: string) => within(document.querySelector(`[data-path="${path}"]`) as HTMLElement);

test('names and helps in the language of the person: the dictionary, or key and the words of the collector', async () => {
  await open({ name: 'a' });
  expect(screen.getByLabelText(/^服务器地址/).getAttribute('placeholder')).toBe(
    'opc.tcp://192.168.1.20:4840',
  );
  expect(screen.getByText('服务器多久送一次变化')).toBeTruthy();
  cleanup();
  await open({ name: 'a' }, {}, 'en');
  expect(screen.getByLabelText('Publishing interval (ms)').getAttribute('placeholder')).toBe('default: 250');
  expect(screen.getByText('how often it sends')).toBeTruthy();
});

test('texts, numbers and switches are written; what is empty or as usual is left out', async () => {
  const held = await open({ name: 'a', onChange: true });
  const endpoint = screen.getByLabelText(/^服务器地址/);
  await userEvent.type(endpoint, 'opc.tcp://x');
  await userEvent.type(screen.getByLabelText(/^发布周期/), '500');
  await userEvent.click(screen.getByRole('switch', { name: /仅变化上传/ }));
  expect(held.current).toEqual({ name: 'a', endpoint: 'opc.tcp://x', publishingIntervalMs: 500 });
  await userEvent.clear(endpoint);
  await userEvent.clear(screen.getByLabelText(/^发布周期/));
  expect(held.current).toEqual({ name: 'a' });
});

test('a choice shows its usual value and can be made', async () => {
  const held = await open({ name: 'a' });
  expect(screen.getByText('默认：订阅 subscribe')).toBeTruthy();
  await userEvent.click(screen.getByLabelText('读取方式'));
  await userEvent.click(screen.getByText('轮询 poll'));
  expect(held.current).toEqual({ name: 'a', mode: 'poll' });
});

test('a kept secret is told, never shown; another one is entered hidden, and it can be kept after all', async () => {
  const held = await open({ name: 'a', security: { password: 'sealed:abc' } });
  const part = group('security.password');
  expect(part.getByText('已保存的密文')).toBeTruthy();
  expect(document.body.innerHTML).not.toContain('sealed:abc');
  await userEvent.click(part.getByRole('button', { name: '更换' }));
  const input = part.getByLabelText('密码');
  expect(input.getAttribute('type')).toBe('password');
  await userEvent.type(input, 'new word');
  expect(held.current).toEqual({ name: 'a', security: { password: 'new word' } });
  await userEvent.click(part.getByRole('button', { name: '不更换' }));
  expect(held.current).toEqual({ name: 'a', security: { password: 'sealed:abc' } });
});

test('an optional group is switched on and off', async () => {
  const held = await open({ name: 'a' });
  const box = screen.getByRole('switch', { name: '历史补数' });
  await userEvent.click(box);
  expect(held.current).toEqual({ name: 'a', history: {} });
  await userEvent.type(screen.getByLabelText(/最多补读/), '12');
  expect(held.current).toEqual({ name: 'a', history: { maxHours: 12 } });
  await userEvent.click(box);
  expect(held.current).toEqual({ name: 'a' });
});

test('names and values, pairs, lists, and text that may be a number', async () => {
  const held = await open({ name: 'a' });
  await userEvent.click(group('headers').getByRole('button', { name: /添加一项/ }));
  const [key, value] = group('headers').getAllByRole('textbox');
  await userEvent.type(key as HTMLElement, 'x-site');
  await userEvent.type(value as HTMLElement, 'p2');
  const [low, high] = group('range').getAllByRole('spinbutton');
  await userEvent.type(low as HTMLElement, '0');
  await userEvent.type(high as HTMLElement, '150');
  await userEvent.type(group('commonAddresses').getByRole('combobox'), '7{Enter}');
  await userEvent.type(group('sheet').getByRole('textbox'), '2');
  expect(held.current).toEqual({
    name: 'a',
    headers: { 'x-site': 'p2' },
    range: [0, 150],
    commonAddresses: [7],
    sheet: 2,
  });
});

test('entries of a list are added, filled and removed', async () => {
  const held = await open({ name: 'a' });
  await userEvent.click(group('stations').getByRole('button', { name: /添加一项/ }));
  await userEvent.type(group('stations[0].mn').getByRole('textbox'), 'A1');
  expect(held.current).toEqual({ name: 'a', stations: [{ mn: 'A1' }] });
  await userEvent.click(group('stations').getByRole('button', { name: /删除/ }));
  expect(held.current).toEqual({ name: 'a' });
});

test('one of several kinds: the form follows the choice', async () => {
  const schema: JsonSchema = {
    oneOf: [
      {
        type: 'object',
        required: ['mode', 'endpoint'],
        properties: { name: { type: 'string' }, mode: { const: 'poll' }, endpoint: { type: 'string' } },
      },
      {
        type: 'object',
        required: ['mode', 'listen'],
        properties: { name: { type: 'string' }, mode: { const: 'push' }, listen: { type: 'string' } },
      },
    ],
  };
  const held = await open({ name: 'a', mode: 'poll', endpoint: 'http://x' }, { schema });
  await userEvent.click(screen.getByLabelText(/^读取方式/));
  await userEvent.click(screen.getByText('接收推送 push'));
  expect(held.current).toEqual({ name: 'a', mode: 'push' });
  expect(document.querySelector('[data-path="listen"]')).toBeTruthy();
  expect(document.querySelector('[data-path="endpoint"]')).toBeNull();
});

test('problems stand at their fields, are read with them, and open what is folded away', async () => {
  const issues = [
    { path: 'endpoint', message: '端口不对' },
    { path: 'security.username', message: '没有这个用户' },
  ];
  await show(<Form schema={SCHEMA} initial={{ name: 'a' }} held={{ current: {} }} issues={issues} />);
  const endpoint = screen.getByLabelText(/^服务器地址/);
  expect(endpoint.getAttribute('aria-invalid')).toBe('true');
  const told = document.getElementById(endpoint.getAttribute('aria-describedby') ?? '');
  expect(told?.textContent).toContain('端口不对');
  const folded = screen.getByText('没有这个用户').closest('details');
  expect(folded?.open).toBe(true);
});

test('who may only look changes nothing', async () => {
  const held = await open({ name: 'a', stations: [{ mn: 'A1' }] }, { readOnly: true });
  await userEvent.type(screen.getByLabelText(/^服务器地址/), 'x');
  expect(held.current).toEqual({ name: 'a', stations: [{ mn: 'A1' }] });
  expect(screen.queryAllByRole('button', { name: /添加一项|删除/ })).toEqual([]);
  expect(isDict(held.current)).toBe(true);
});
