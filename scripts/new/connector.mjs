import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, namesOf, Refusal } from './names.mjs';

const CONNECTORS = 'edge/src/connectors';
const EXAMPLE = 'modbus';

/** Copies the living connector under a new name and enters it into the registry. */
export function newConnector(name) {
  const names = namesOf(name);
  const folder = `${CONNECTORS}/${names.kebab}`;
  if (existsSync(at(folder))) throw new Refusal(`${folder} exists already.`);
  const rename = (text) =>
    text
      .replaceAll('Modbus TCP', names.words)
      .replace(/\bmodbus\b(?!-)/g, names.kebab)
      .replaceAll('createModbus', `create${names.pascal}`)
      .replace(/\bModbus(?=[A-Z])/g, names.pascal)
      .replace(/\bModbus\b/g, names.words);
  const written = filesBelow(at(`${CONNECTORS}/${EXAMPLE}`)).map((file) => {
    const path = `${folder}/${rename(file)}`;
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), rename(readFileSync(at(`${CONNECTORS}/${EXAMPLE}/${file}`), 'utf8')));
    return path;
  });
  register(rename, names.kebab);
  return {
    written: [...written, `${CONNECTORS}/registry.ts`],
    next: [
      `${names.kebab}.config.ts: the options of this protocol; descriptions become the documentation.`,
      `${names.kebab}.decode.ts: from bytes to values, pure; replace the cases in testcases/.`,
      `${names.kebab}.ts: connect, read, recover. It still speaks Modbus TCP.`,
      `${names.kebab}.test.ts: give the connector contract a peer that speaks the protocol.`,
      'README.md and sample.yaml: what it is for, every option.',
      'npm run docs, npm run check, npm test -- edge/src/connectors.',
    ],
  };
}

/** The registry's entry of the example, once more under the new name. */
function register(rename, kebab) {
  const file = at(`${CONNECTORS}/registry.ts`);
  const text = readFileSync(file, 'utf8');
  const entry = new RegExp(`^ {2}${EXAMPLE}: [\\s\\S]*?^ {2}\\},\\n`, 'm').exec(text)?.[0];
  if (!entry)
    throw new Refusal(
      `${CONNECTORS}/registry.ts holds no entry of ${EXAMPLE} to copy; enter the connector by hand.`,
    );
  writeFileSync(
    file,
    text.replace(entry, () => entry + rename(entry).replace(kebab, keyOf(kebab))),
  );
}

/** As the formatter wants keys: quoted where they have to be. */
const keyOf = (name) => (/^[a-z][a-z0-9]*$/.test(name) ? name : `'${name}'`);

function filesBelow(folder, prefix = '') {
  return readdirSync(folder).flatMap((name) =>
    statSync(join(folder, name)).isDirectory()
      ? filesBelow(join(folder, name), `${prefix}${name}/`)
      : [`${prefix}${name}`],
  );
}
