import { expect, test } from 'vitest';
import { z } from 'zod';
import { PROTOCOLS } from '../../edge/src/connectors/registry.ts';
import { chineseField, orderedProtocols, protocolAbout } from '../../web/src/i18n/connectors/index.ts';

/** The parts of a schema that lead to the fields inside it. */
type Schema = {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: unknown;
};

async function schemaOf(protocol: string): Promise<Schema> {
  const module: Record<string, unknown> = await import(
    `../../edge/src/connectors/${protocol}/${protocol}.config.ts`
  );
  const [, config] =
    Object.entries(module).find(([name]) => name.toLowerCase() === `${protocol}config`) ?? [];
  return z.toJSONSchema(config as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Schema;
}

/** Places of all fields that a form shows, without numbers: `points[].address`. */
function fieldsOf(schema: Schema, above = ''): string[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const place = above === '' ? key : `${above}.${key}`;
    return [place, ...fieldsOf(part, place)];
  });
  const shapes = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) => fieldsOf(each, above));
  return [...new Set([...inside, ...shapes, ...(schema.items ? fieldsOf(schema.items, `${above}[]`) : [])])];
}

/** Places without a Chinese name. */
const nameless = (protocol: string, schema: Schema): string[] =>
  fieldsOf(schema).filter((place) => !chineseField(protocol, place)?.[0]);

test.each(PROTOCOLS)('every field of %s has a Chinese name in the portal', async (protocol) => {
  const schema = await schemaOf(protocol);
  expect(fieldsOf(schema).length).toBeGreaterThan(10);
  expect(nameless(protocol, schema)).toEqual([]);
});

test('a field that nobody named is found', () => {
  const planted: Schema = {
    oneOf: [
      { properties: { name: {}, points: { items: { properties: { key: {}, brandNewField: {} } } } } },
      { properties: { otherNewField: {} } },
    ],
  };
  expect(nameless('modbus', planted)).toEqual(['points[].brandNewField', 'otherNewField']);
});

test('every protocol is described in both languages', () => {
  expect(orderedProtocols(PROTOCOLS).sort()).toEqual([...PROTOCOLS].sort());
  for (const protocol of PROTOCOLS) {
    expect(protocolAbout(protocol, 'zh-CN')).toMatch(/\p{Script=Han}/u);
    expect(protocolAbout(protocol, 'en')).toMatch(/^[\x20-\x7e]+$/);
  }
});
