import type { Bilingual } from '@ronghe/contracts';
import { type House, isSource, isTest } from '../house.ts';

type ErrorTexts = Readonly<Record<string, { message: Bilingual; hint: Bilingual }>>;
type Names = readonly string[];

const sources = (house: House, except: string) =>
  house.files.filter((path) => isSource(path) && path !== except).map((path) => house.text(path));
const isNamed = (texts: readonly string[], name: string) =>
  texts.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`));

/** An error code that nothing raises is a promise that nobody keeps. (The other way round, the types see to it.) */
export function errorCodesAreUsed(house: House, codes: Names): string[] {
  const texts = sources(house, 'contracts/src/errors.ts');
  return codes
    .filter((code) => !isNamed(texts, code))
    .map((code) => `contracts/src/errors.ts lists ${code}, but nothing raises it`);
}

const placeholders = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name)
    .sort()
    .join();

/** Both languages say something, Chinese is Chinese, and both ask for the same values. */
export function textsAreBilingual(where: string, texts: Readonly<Record<string, Bilingual>>): string[] {
  return Object.entries(texts).flatMap(([name, { zh, en }]) => [
    ...(/\p{Script=Han}/u.test(zh) ? [] : [`${where}: ${name} has no Chinese text`]),
    ...(/[A-Za-z]{2}/.test(en) && !/\p{Script=Han}/u.test(en)
      ? []
      : [`${where}: ${name} has no English text`]),
    ...(placeholders(zh) === placeholders(en)
      ? []
      : [`${where}: ${name} asks for other values in zh than in en`]),
  ]);
}

/** Messages and hints of the error catalog as one list of texts. */
export const errorTexts = (errors: ErrorTexts): Record<string, Bilingual> =>
  Object.fromEntries(
    Object.entries(errors).flatMap(([code, { message, hint }]) => [
      [`${code} (message)`, message],
      [`${code} (hint)`, hint],
    ]),
  );

/** Every event that is listed is published somewhere. (That every published one is listed, the types see to.) */
export function eventsArePublished(house: House, names: Names): string[] {
  const texts = sources(house, 'contracts/src/events.ts');
  return names
    .filter(
      (name) =>
        !texts.some((text) => new RegExp(`publish\\(\\s*'${name.replaceAll('.', '\\.')}'`).test(text)),
    )
    .map((name) => `contracts/src/events.ts lists ${name}, but nothing publishes it`);
}

/** Routes that anyone who is signed in may call, because they concern the caller only. */
const SIGNED_IN_IS_ENOUGH: Readonly<Record<string, string>> = {
  '/api/auth/me': 'who am I',
  '/api/auth/logout': 'ends the caller’s own session',
  '/api/auth/password': 'changes the caller’s own password',
};

const ROUTE = /\b\w+\s*\.(get|post|put|patch|delete|route)(?:<[^(]*>)?\(\s*(['"`])([^'"`]+)\2/g;

/** One route of the API as its file tells it: method, address, and the options up to the next route. */
export type Route = { path: string; method: string; url: string; options: string };

/** Reads the routes out of the `*.routes.ts` files and the HTTP room. */
export function routesOf(house: House): Route[] {
  return house.files
    .filter((path) => /^server\/src\/.*\.ts$/.test(path) && !isTest(path))
    .filter((path) => /\.routes\.ts$|\/http\//.test(path))
    .flatMap((path) => {
      const text = house.text(path);
      const found = [...text.matchAll(ROUTE)];
      return found.map((match, index) => ({
        path,
        method: (match[1] ?? '').toUpperCase(),
        url: match[3] ?? '',
        options: text.slice(match.index, found[index + 1]?.index ?? text.length),
      }));
    });
}

const GUARD = /permission\s*[:,}]|open\s*:\s*true/;
/** The guard stands in the route itself, or in a constant `config` of the file that the route names. */
function isGuarded({ options }: Route, text: string): boolean {
  if (GUARD.test(options)) return true;
  const name = /\bconfig(?:: (\w+))?,/.exec(options);
  return name !== null && new RegExp(`const ${name[1] ?? 'config'} = \\{[^}]*(?:${GUARD.source})`).test(text);
}

/** Every permission guards a route, and every route has a permission, is open, or concerns the caller only. */
export function routesAskForPermissions(house: House, permissions: Names): string[] {
  const routes = routesOf(house);
  const unguarded = routes
    .filter((route) => !isGuarded(route, house.text(route.path)) && !(route.url in SIGNED_IN_IS_ENOUGH))
    .map(({ path, method, url }) => `${path}: ${method} ${url} has neither a permission nor open: true`);
  const texts = house.files
    .filter((path) => /^server\/src\/.*\.ts$/.test(path) && !isTest(path))
    .map((path) => house.text(path));
  const unused = permissions
    .filter((permission) => !isNamed(texts, permission))
    .map((permission) => `contracts/src/permissions.ts lists ${permission}, but no route asks for it`);
  return [...unguarded, ...unused];
}

/** Every setting stands in the reference. */
export function settingsAreDocumented(house: House, keys: Names): string[] {
  const page = 'docs/reference/configuration.md';
  const text = house.files.includes(page) ? house.text(page) : '';
  return keys
    .filter((key) => !text.includes(`\`${key}\``))
    .map((key) => `${page} does not tell of ${key}; run npm run docs`);
}
