import { Ajv2019 } from 'ajv/dist/2019.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ShareTest, startShare } from '../share.fixture.ts';

const text = { type: 'string' };
const custom = {
  type: 'array',
  items: {
    type: 'object',
    required: ['property', 'value'],
    additionalProperties: false,
    properties: { property: text, value: {} },
  },
};
/** The part of ODCS 3.1.0 that our contracts use, as strict as the standard is: no field that it does not know. */
const ODCS = {
  type: 'object',
  required: ['version', 'apiVersion', 'kind', 'id', 'status'],
  additionalProperties: false,
  properties: {
    version: text,
    kind: { const: 'DataContract' },
    apiVersion: { const: 'v3.1.0' },
    id: text,
    name: text,
    tenant: text,
    status: { enum: ['proposed', 'draft', 'active', 'deprecated', 'retired'] },
    domain: text,
    description: {
      type: 'object',
      properties: { usage: text, purpose: text, limitations: text },
      additionalProperties: false,
    },
    servers: {
      type: 'array',
      items: {
        type: 'object',
        required: ['server', 'type', 'location'],
        additionalProperties: false,
        properties: {
          server: text,
          type: { const: 'api' },
          location: { type: 'string', pattern: '^https?://' },
        },
      },
    },
    schema: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: {
          name: text,
          physicalName: text,
          physicalType: text,
          logicalType: { const: 'object' },
          description: text,
          properties: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['name'],
              additionalProperties: false,
              properties: {
                name: text,
                businessName: text,
                description: text,
                logicalType: {
                  enum: [
                    'string',
                    'date',
                    'timestamp',
                    'time',
                    'number',
                    'integer',
                    'object',
                    'array',
                    'boolean',
                  ],
                },
                physicalType: text,
                classification: text,
                primaryKey: { type: 'boolean' },
                primaryKeyPosition: { type: 'integer', minimum: 1 },
                required: { type: 'boolean' },
                unique: { type: 'boolean' },
                customProperties: custom,
              },
            },
          },
        },
      },
    },
    customProperties: custom,
  },
};

let share: ShareTest;
beforeAll(async () => {
  share = await startShare();
}, 120_000);
afterAll(() => share?.stop());

test('the contract of every dataset is a contract of ODCS 3.1.0, in JSON and YAML', async () => {
  const valid = new Ajv2019({ allErrors: true }).compile(ODCS);
  const { body } = await share.call<{ items: { id: string }[] }>('GET', '/api/share/datasets');
  expect(body.items.map(({ id }) => id).sort()).toEqual([
    'enterprises',
    'indicators',
    'observations',
    'points',
  ]);
  for (const { id } of body.items) {
    const json = await share.call('GET', `/api/share/datasets/${id}/contract?format=json`);
    expect(valid(json.body), JSON.stringify(valid.errors)).toBe(true);
    const yaml = await share.call('GET', `/api/share/datasets/${id}/contract`);
    expect(yaml.headers['content-type']).toContain('application/yaml');
    expect(parse(yaml.text)).toEqual(json.body);
  }
});

test('a contract tells only what its caller sees, with grades and masks', async () => {
  const officer = await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  const { body } = await share.call<{
    schema: { properties: { name: string; customProperties: { property: string; value: unknown }[] }[] }[];
  }>('GET', '/api/share/datasets/enterprises/contract?format=json', { token: officer });
  const properties = new Map(
    body.schema[0]?.properties.map((property) => [property.name, property.customProperties]),
  );
  expect(properties.get('phone')).toContainEqual({ property: 'jx.masks', value: ['partial'] });
  expect(properties.get('name')).toContainEqual({ property: 'jx.grade', value: '一级' });
  const figures = await share.call('GET', '/api/share/datasets/indicators/contract?format=json', {
    token: officer,
  });
  expect(figures.text).not.toContain('"total"');
});
