import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EdgeConfig } from '../../../edge/src/config.ts';
import {
  allowed,
  code,
  defaultOf,
  inputSchemaOf,
  type JsonSchema,
  type Page,
  page,
  table,
} from '../markdown.ts';

const FOLDER = join(import.meta.dirname, '../../../edge/src/connectors');

/** Options of the collector and of each connector, from their schemas. */
export const connectorsPage: Page = {
  path: 'docs/reference/connectors.md',
  async render() {
    const names = readdirSync(FOLDER, { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && existsSync(join(FOLDER, entry.name, `${entry.name}.config.ts`)),
      )
      .map(({ name }) => name)
      .sort();
    const parts = await Promise.all(names.map(connectorPart));
    return page(
      'Connectors 采集协议',
      'The collector `edge` reads one YAML file. Unknown keys and values that do not fit stop its start with a sentence that names the key. A key such as `points[].address` stands inside each entry of the list `points`.',
      '## The collector 采集器',
      optionsTable(inputSchemaOf(z, EdgeConfig)),
      ...parts,
    );
  },
};

async function connectorPart(name: string): Promise<string> {
  const module: Record<string, unknown> = await import(join(FOLDER, name, `${name}.config.ts`));
  const schema = Object.entries(module).find(
    ([key, value]) => key.endsWith('Config') && value instanceof z.ZodType,
  )?.[1];
  if (!(schema instanceof z.ZodType))
    throw new Error(`${name}.config.ts exports no schema whose name ends in Config`);
  const sample = join(FOLDER, name, 'sample.yaml');
  return [
    `## ${name}`,
    `More in [its README](../../edge/src/connectors/${name}/README.md).`,
    ...optionsTables(inputSchemaOf(z, schema)),
    ...(existsSync(sample) ? [`\`\`\`yaml\n${readFileSync(sample, 'utf8').trimEnd()}\n\`\`\``] : []),
  ].join('\n\n');
}

const optionsTable = (schema: JsonSchema): string =>
  table(['Key', 'Default', 'Allowed', 'Meaning'], rowsOf(schema, ''));

/** A table, or one for each alternative when the options follow from one of them, such as `mode`. */
function optionsTables(schema: JsonSchema): string[] {
  if (!schema.oneOf) return [optionsTable(schema)];
  return schema.oneOf.flatMap((alternative) => {
    const choice = Object.entries(alternative.properties ?? {}).find(
      ([name, option]) => name !== 'protocol' && option.const !== undefined,
    );
    const title = choice === undefined ? [] : [`With ${code(`${choice[0]}: ${String(choice[1].const)}`)}:`];
    return [...title, optionsTable(alternative)];
  });
}

/** One row per option; objects and lists of objects are opened. */
function rowsOf(schema: JsonSchema, prefix: string): string[][] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]) => {
    const key = prefix + name;
    if (option.properties) return rowsOf(option, `${key}.`);
    if (option.items?.properties) return rowsOf(option.items, `${key}[].`);
    const missing = required.has(name) ? 'required' : '';
    return [[code(key), defaultOf(option) || missing, allowed(option), option.description ?? '']];
  });
}
