import { type House, lineAt } from '../house.ts';

const FACTORY = /^export function create(?!Unscoped)\w*Store\b[\s\S]*?^}/gm;
const RETURNED = /^ {2}return \{\n([\s\S]*?)^ {2}\};?$/gm;
/** `    async list(scope: Scope`, `    find: (scope: Scope`, `    list,`: one member of the returned object. */
const MEMBER =
  /^ {4}(?:async )?(\w+)(?:(?:<[^(\n]*>)?\(\s*(?:(\w+):\s*(\w+))?|: (?:async )?(?:<[^(\n]*>)?\(\s*(?:(\w+):\s*(\w+))?|(,))/gm;

/**
 * No query without a scope: every function that a store hands out takes who asks as its first parameter. The few that run
 * before one knows who asks are named `…Unscoped`, so that a reader of the caller sees it too. A store whose every function
 * works for the platform itself (a run, the queue) says so once in its own name: `createUnscoped…Store`.
 */
export function storesAskForScope(house: House): string[] {
  return house.files
    .filter((path) => /^server\/src\/.*\.store\.ts$/.test(path))
    .flatMap((path) => {
      const text = house.text(path);
      return [...text.matchAll(FACTORY)].flatMap((factory) =>
        [...factory[0].matchAll(RETURNED)].flatMap((returned) =>
          [...returned[0].matchAll(MEMBER)]
            .filter(([, name = '', , own, , arrow, shorthand]) => {
              if (name.endsWith('Unscoped')) return false;
              return shorthand ? !isScopedFunction(text, name) : (own ?? arrow) !== 'Scope';
            })
            .map((member) => {
              const at = factory.index + returned.index + member.index;
              return `${path}:${lineAt(text, at)} ${member[1]} takes no Scope first; or it works for the platform itself and is named ${member[1]}Unscoped (or its store createUnscoped…) with the reason`;
            }),
        ),
      );
    });
}

const isScopedFunction = (text: string, name: string) =>
  new RegExp(`(?:function ${name}|const ${name} = (?:async )?)(?:<[^(\\n]*>)?\\(\\s*\\w+: Scope\\b`).test(
    text,
  );
