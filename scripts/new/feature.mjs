import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, namesOf, Refusal, ROOT } from './names.mjs';

const TEMPLATE = join(ROOT, 'scripts/new/feature');
const PERMISSIONS = 'contracts/src/permissions.ts';
const PERMISSIONS_END = '} as const satisfies Record<string, Bilingual>;';

/**
 * Writes a small feature with all roles into a domain, its schemas into the contract and its permissions into the list.
 * What a living feature holds of its own would have to be taken out of a copy again; so this one is made from files that
 * are nothing but the shape, and a guard compiles and checks what comes out of them.
 */
export function newFeature(place) {
  const [word = '', folder = '', rest] = place.split('/');
  if (!folder || rest !== undefined)
    throw new Refusal('Say domain and feature: npm run new feature fuse/inspections.');
  const domain = `server/src/${word}`;
  const many = namesOf(folder);
  const one = namesOf(folder.endsWith('s') ? folder.slice(0, -1) : folder);
  const contract = `contracts/src/${word}.ts`;
  if (!existsSync(at(domain))) {
    throw new Refusal(
      `There is no domain ${word} yet. Begin it by hand: the word in WORDS (contracts/src/common.ts), ${contract}, ${domain} with README.md, index.ts and migrations.ts, the import #${word} in server/package.json, and its line in server/src/app.ts.`,
    );
  }
  if (existsSync(at(`${domain}/${folder}`))) throw new Refusal(`${domain}/${folder} exists already.`);

  const fill = (text) =>
    text
      .replaceAll('__word__', word)
      .replaceAll('__many__', many.kebab)
      .replaceAll('__Many__', many.pascal)
      .replaceAll('__manyCamel__', many.camel)
      .replaceAll('__One__', one.pascal)
      .replaceAll('__oneKebab__', one.kebab)
      .replaceAll('__oneCamel__', one.camel)
      .replaceAll('__one_snake__', one.snake)
      .replaceAll('__oneWords__', one.words);
  const template = (name) => fill(readFileSync(join(TEMPLATE, name), 'utf8'));
  const written = readdirSync(TEMPLATE)
    .filter((name) => name.startsWith('feature.'))
    .map((name) => {
      const path = `${domain}/${folder}/${name.replace(/^feature/, folder).replace(/\.txt$/, '')}`;
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), template(name));
      return path;
    });
  addContract(contract, template('contract.txt'));
  addPermissions(template('permissions.txt'));
  return {
    written: [...written, contract, PERMISSIONS],
    next: [
      `${contract}: say what is known of one ${one.words}; the block at the end is a beginning.`,
      `${PERMISSIONS}: name both permissions in Chinese and English, and give them to the built-in roles that need them.`,
      `${domain}/migrations.ts: append a step with the table:\n${template('migration.txt').trimEnd().replace(/^/gm, '       ')}`,
      `${domain}/index.ts: build it and register its routes:\n${template('wiring.txt').trimEnd().replace(/^/gm, '       ')}`,
      `${domain}/README.md: tell of the table ${word}.${one.snake} under "Tables".`,
      `npm run docs, npm run check, npm test -- ${domain}/${folder}; the test through HTTP passes once the table is there.`,
    ],
  };
}

/** Appends the schemas, and takes from common.ts what they need and the file does not import yet. */
function addContract(path, block) {
  const text = existsSync(at(path)) ? readFileSync(at(path), 'utf8') : `import { z } from 'zod';\n`;
  const needed = ['Id', 'Instant', 'OrganisationPath', 'PageQuery', 'pageOf'];
  const pattern = /import \{([^}]*)\} from '\.\/common\.ts';/;
  const present = (pattern.exec(text)?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const line = `import { ${[...new Set([...present, ...needed])].sort().join(', ')} } from './common.ts';`;
  const imported = pattern.test(text) ? text.replace(pattern, line) : `${line}\n${text}`;
  writeFileSync(at(path), `${imported.trimEnd()}\n\n${block}`);
}

function addPermissions(lines) {
  const text = readFileSync(at(PERMISSIONS), 'utf8');
  if (!text.includes(PERMISSIONS_END))
    throw new Refusal(`${PERMISSIONS} no longer ends its list as expected; add by hand:\n${lines}`);
  writeFileSync(
    at(PERMISSIONS),
    text.replace(PERMISSIONS_END, () => lines + PERMISSIONS_END),
  );
}
